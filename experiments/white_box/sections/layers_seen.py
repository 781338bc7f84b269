"""What each layer sees."""

import numpy as np

from experiments.white_box.claim import Claim
from experiments.white_box.drawn import samples_of, with_boxes
from experiments.white_box.edge_share import PLACES, edge_shares
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.task import SIDE
from experiments.white_box.training import Trained
from objloc.data import Sample
from objloc.data.drawing import tile
from objloc.insight.heat_picture import heat_picture
from objloc.insight.layers.chosen_layers import backbone_maps
from objloc.insight.layers.feature_sheet import enlarged, feature_sheet
from objloc.insight.layers.first_filters import FirstFilters, first_filters
from objloc.insight.layers.measure_layers import measure_layers
from objloc.insight.layers.receptive_field import receptive_fields
from objloc.insight.layers.recording import record

_SCENE = 0
_MEASURED = 64


def tell_what_layers_see(story: Story, study: Study) -> None:
    """Filters, maps, fields of view and dead units of the backbone."""
    trained = study.dense
    samples = samples_of(trained.dataset.split("test"), study.size.looked_at)
    story.section("2. What each layer sees")
    filters = first_filters(trained.localizer)
    assert filters is not None, "the backbone reads colours"
    count = filters.kernel.shape[-1]
    story.text(
        f"The first layer has {count} filters of 3 × 3 pixels, which it lays on every second pixel "
        "of the picture. Each adds up the pixels below it with its weights. Red, green and blue of "
        "a pixel are the same number in these scenes, so that only the sum of a filter's three "
        "colours does anything, and that is shown: blue-green is a weight of zero, yellow adds, "
        "violet takes away."
    )
    sample = samples[_SCENE]
    recording = record(trained.localizer, sample.image[None])
    pictures = [
        (_summed(filters), f"the {count} filters of the first layer, their colours summed"),
        (with_boxes(sample.image, sample.boxes, np.zeros((0, 4))), "the scene that follows"),
    ]
    paths = backbone_maps(recording)
    for stride, path in paths.items():
        activation = recording.maps(path)[0][0]
        sheet = feature_sheet(activation)
        rows, columns, channels = activation.shape
        pictures.append(
            (
                sheet.picture,
                f"stride {stride}: {len(sheet.channels)} of {channels} maps of {rows} × {columns} "
                "cells",
            )
        )
    story.pictures(pictures, keep_as="layers")
    story.text(
        "Of every level the maps that vary most over this scene are shown, each in its own colours "
        "from its lowest value to its highest. Do not compare the brightness of two maps, and do "
        "not look for a meaning in each: none was asked of a single one."
    )
    boxes = np.stack([one.boxes[0] for one in samples]).astype(np.float64) / SIDE
    fields = receptive_fields(trained.localizer, recording)
    images = np.stack([one.image for one in samples[:_MEASURED]])
    statistics = {one.path: one for one in measure_layers(trained.localizer, recording, images)}
    rows, outside = [], {}
    for stride, path in paths.items():
        one = statistics[path]
        changes = _changes(trained, samples, stride)
        shares, areas = edge_shares(changes, boxes)
        outside[stride] = float(shares[2])
        by_channel = [
            edge_shares(changes[..., [channel]], boxes)[0]
            for channel in range(changes.shape[-1])
            if np.abs(changes[..., channel]).max() > 0
        ]
        edgy = sum(each[0] / areas[0] > each[1] / areas[1] for each in by_channel)
        rows.append(
            [
                stride,
                f"{fields[path].size} × {fields[path].size}",
                f"{len(one.dead)} of {one.units}",
                f"{edgy} of {one.units}",
                *(f"{share:.0%} ({area:.0%})" for share, area in zip(shares, areas, strict=True)),
            ]
        )
    story.table(
        "layers",
        ["stride", "sees pixels", "dead", "edgy", *PLACES],
        rows,
        caption=f"The levels of flatten-and-dense's backbone over {len(samples)} scenes. How much "
        "of the picture one cell can see: its receptive field. How many channels are dead: 0 on "
        "every scene. How many are edgy: an object changes them more on its edges than inside, "
        "cell for cell. And where all that changes because of the object lies: on its edges, "
        "inside or outside of it, with the share of the cells that lie there in brackets.",
        words=(),
    )
    strides = list(paths)
    story.claim(
        Claim(
            "layers_spread",
            outside[strides[-1]] - outside[strides[0]],
            0.1,
            "What is known of an object spreads from layer to layer: at stride {finest:.0f}, "
            "{near:.0%} of the change lies outside of it, at stride {coarsest:.0f}, where a cell "
            "sees {sees:.0f} pixels, {far:.0%}. A bright cell of a late map is not where the "
            "object is, but where it can be seen from.",
            "What is known of an object stays where it is: at stride {finest:.0f}, {near:.0%} of "
            "the change lies outside of it, at stride {coarsest:.0f}, where a cell sees "
            "{sees:.0f} pixels, {far:.0%}.",
            {
                "finest": float(strides[0]),
                "coarsest": float(strides[-1]),
                "near": outside[strides[0]],
                "far": outside[strides[-1]],
                "sees": float(fields[paths[strides[-1]]].size),
            },
        )
    )


def _summed(filters: FirstFilters) -> np.ndarray:
    """The filters with their three colours' weights added, zero being the middle colour."""
    kernel = filters.kernel.sum(axis=2)[..., list(filters.order)]
    largest = float(np.abs(kernel).max())
    tiles = [
        enlarged(heat_picture(kernel[..., index], -largest, largest), 48)
        for index in range(kernel.shape[-1])
    ]
    return tile(tiles, columns=4)


def _changes(trained: Trained, samples: list[Sample], stride: str) -> np.ndarray:
    """A level's map of every scene, less that of the empty scene: (B, h, w, channels)."""
    images = np.stack([np.zeros_like(samples[0].image), *(one.image for one in samples)])
    maps = trained.localizer.backbone(images.astype(np.float32), training=False)[stride]
    return np.asarray(maps[1:] - maps[:1], np.float64)
