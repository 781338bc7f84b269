"""How edges become coordinates."""

import numpy as np

from experiments.white_box.cell_answer import cell_answers
from experiments.white_box.claim import Claim
from experiments.white_box.drawn import about_zero, heat, samples_of, with_boxes
from experiments.white_box.read_out import KINDS, OUTSIDE, ReadOut, area_by_kind
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.task import SIDE
from experiments.white_box.training import STRIDE
from objloc.insight.subject import SIDES
from objloc.page_drawing import drawing
from objloc.page_style import SERIES

_COLOURS = [SERIES[f"series-{number}"] for number in range(1, 5)]


def tell_how_edges_become_coordinates(story: Story, study: Study) -> None:
    """Flatten-and-dense reads a ruler; a grid's cell measures distances."""
    story.section("3. How edges become coordinates")
    _tell_ruler(story, study)
    _tell_cell(story, study)


def _tell_ruler(story: Story, study: Study) -> None:
    trained = study.dense
    samples = samples_of(trained.dataset.split("test"), study.size.looked_at)
    boxes = np.stack([sample.boxes[0] for sample in samples]).astype(np.float64) / SIDE
    read_out = ReadOut.of(trained.localizer, np.stack([sample.image for sample in samples]))
    story.part("Flatten-and-dense reads a ruler")
    story.text(
        "A convolution is blind for where it is: it finds an edge, and finds it alike everywhere. "
        "So the place must come from the dense layer, which has weights of its own for every cell. "
        "Its output before the sigmoid, the logit, is a plain sum over all cells and channels, and "
        "that can be taken apart without loss: what the empty scene gives, plus what each cell "
        "adds because something is there."
    )
    importance = read_out.importance()
    pictures = []
    for side in (0, 1):
        for channel in np.argsort(-importance[:, side])[:2]:
            weights = read_out.weights[:, :, channel, side]
            pictures.append(
                (
                    about_zero(weights),
                    f"what channel {channel} counts for the {SIDES[side]} side, cell by cell "
                    f"({weights.min():+.2f} to {weights.max():+.2f})",
                )
            )
    story.text(
        "Here are the weights of the two channels that count most for the left side and for the "
        "top side, put back where their cells are. Yellow pushes the side to the right or down, "
        "violet to the left or up, blue-green is zero (colours go by roots, so that weak weights "
        "show). For the left side they change from column to column, for the top side from row to "
        "row: a ruler is laid over the picture."
    )
    story.pictures(pictures, keep_as="ruler")
    columns, rows = read_out.explained_by(axis=1), read_out.explained_by(axis=0)
    chance = 1 / (read_out.weights.shape[0] + 1)
    story.table(
        "ruler",
        ["side", "columns explain", "rows explain"],
        [[name, f"{columns[side]:.2f}", f"{rows[side]:.2f}"] for side, name in enumerate(SIDES)],
        caption="The share of the weights' variance over the cells that their column or their row "
        f"explains, the mean over channels by how much they count; chance alone gives "
        f"{chance:.2f}.",
    )
    along = np.array([columns[0], rows[1], columns[2], rows[3]])
    across = np.array([rows[0], columns[1], rows[2], columns[3]])
    story.claim(
        Claim(
            "ruler_along",
            float(along.min() / across.max()),
            2.0,
            "The weights are ordered along the axis that they measure, {along:.2f} of their "
            "variance on average, and hardly across it, {across:.2f}: at least {number:.1f} times "
            "as much for every side.",
            "The weights are not clearly ordered along the axis that they measure: {along:.2f} of "
            "their variance on average, against {across:.2f} across it.",
            {"along": float(along.mean()), "across": float(across.mean())},
        )
    )
    inside = (boxes[:, 0] >= STRIDE / SIDE) & (boxes[:, 2] <= 1 - STRIDE / SIDE)
    moved = SIDE * (read_out.moved_right(1).boxes() - read_out.boxes())[inside].mean(axis=0)
    sideways, upright = float(moved[[0, 2]].mean()), float(moved[[1, 3]].mean())
    story.text(
        "That is what the weights look like; whether the network uses them so is told by moving "
        f"the ruler. Every weight is moved one cell, {STRIDE} pixels, to the right, the scenes "
        "stay as they are: where it reads off a ruler, it must now read 8 pixels less, for left "
        "and right, and the same as ever for top and bottom."
    )
    off = abs(sideways + STRIDE) + abs(upright)
    story.claim(
        Claim(
            "ruler_moved",
            1 - off / STRIDE,
            0.5,
            "With the ruler moved by 8 pixels, left and right sides move by {sideways:+.1f} pixels "
            "and top and bottom ones by {upright:+.1f}: the place is read off the weights' place.",
            "With the ruler moved by 8 pixels, left and right sides move by {sideways:+.1f} pixels "
            "and top and bottom ones by {upright:+.1f}: not what a ruler alone would give.",
            {"sideways": sideways, "upright": upright, "scenes": float(inside.sum())},
        )
    )
    shares = read_out.shares_by_kind(boxes).mean(axis=1)
    areas = area_by_kind(boxes, read_out.weights.shape[0]).mean(axis=1)
    story.table(
        "read_off",
        ["cells at", "share of all cells", "share of the coordinate's variance", "times its area"],
        [
            [kind, f"{area:.1%}", f"{share:.1%}", f"{share / area:.1f}"]
            for kind, area, share in zip([*KINDS, OUTSIDE], areas, shares, strict=True)
        ],
        caption=f"Where it reads: which cells' sums make a coordinate change from scene to scene, "
        f"over {len(samples)} scenes and four sides. The shares add up to 1.",
    )
    density = shares / areas
    story.claim(
        Claim(
            "ruler_corners",
            float(density[0] / density[1:].max()),
            1.0,
            "Cell for cell, a side is read most at its own two corners: {area:.1%} of the cells "
            "make {share:.0%} of it, {corners:.1f} times their area (the rest of the side: "
            "{rest:.1f} times). A corner occurs once however long the side is; a sum over a whole "
            "edge would grow with its length.",
            "A side is not read at its own corners above all: {area:.1%} of the cells make "
            "{share:.0%} of it, {corners:.1f} times their area (the rest of the side: {rest:.1f} "
            "times).",
            {
                "area": float(areas[0]),
                "share": float(shares[0]),
                "corners": float(density[0]),
                "rest": float(density[1]),
            },
        )
    )
    _draw_sliding(story, study)
    story.text(
        "Do not conclude that every network with a dense layer works so: hidden layers between the "
        "map and the outputs would allow any other way, and this was looked for where the layer "
        "alone can do it."
    )


def _draw_sliding(story: Story, study: Study) -> None:
    """A square that moves across the picture: what the cells' columns add to its left side."""
    square = 14
    starts = np.arange(0, SIDE - square + 1)
    images = np.zeros((len(starts), SIDE, SIDE, 3), np.uint8)
    for image, start in zip(images, starts, strict=True):
        image[25 : 25 + square, start : start + square] = 255
    read_out = ReadOut.of(study.dense.localizer, images)
    parts = read_out.contributions[..., 0].sum(axis=1)  # (places, columns)
    answered = SIDE * read_out.boxes()[:, 0]
    error = float(np.abs(answered - starts).mean())
    story.text(
        f"A square of {square} pixels slides from the left border to the right one. Each row of "
        "the picture is one place of the square, each column one column of cells, and the colour "
        "what that column adds to the logit of the left side: violet pulls to the left, yellow "
        "pushes to the right. The band goes along with the square, and its colour turns on the "
        "way: that is the ruler being read."
    )
    story.pictures(
        [
            (
                about_zero(parts),
                "a square slides from left (top row) to right (bottom row): what each column of "
                f"cells adds to the left side ({parts.min():+.1f} to {parts.max():+.1f})",
            )
        ],
        keep_as="sliding",
    )
    with drawing(6.4, 3.0) as drawn:
        axes = drawn.axes
        axes.plot([0, SIDE - square], [0, SIDE - square], color=SERIES["series-8"], lw=1, ls="--")
        axes.plot(starts, answered, color=SERIES["series-1"])
        axes.set_xlabel("where the square's left side is, in pixels")
        axes.set_ylabel("where it is said to be")
        axes.grid(True)
    story.figure(
        drawn.svg,
        f"The same square: the answer follows its left side to {error:.1f} pixels on average. "
        "Dashed: the truth.",
    )
    story.numbers({"ruler/sliding_error_px": error})


def _tell_cell(story: Story, study: Study) -> None:
    trained = study.grid
    samples = samples_of(trained.dataset.split("test"), study.size.looked_at)
    answers = cell_answers(trained.localizer, samples)
    story.part("A grid's cell measures distances")
    story.text(
        "A cell of the grid has no ruler: its weights are those of every other cell. It need not "
        "know where it is, either, for that is added afterwards: left side = the cell's centre "
        "minus the distance to the left. The distance is answered as a distribution over 16 "
        f"lengths from 0 to {SIDE} pixels; its mean is the answer."
    )
    sample, one = samples[0], answers[0]
    story.pictures(
        [
            (
                with_boxes(sample.image, sample.boxes, one.box[None].astype(np.float32)),
                f"the surest cell, at {one.center[0]:.0f}, {one.center[1]:.0f}, and its box: IoU "
                f"{one.iou.ravel()[one.objectness.argmax()]:.2f}",
            ),
            (
                heat(one.objectness, 0, 1),
                f"how sure each cell is that an object's centre is near it: at most "
                f"{one.objectness.max():.2f}",
            ),
            (
                heat(one.iou, 0, 1),
                f"how good each cell's box is, asked or not: IoU {one.iou.min():.2f} to "
                f"{one.iou.max():.2f}",
            ),
        ],
        keep_as="cell",
    )
    with drawing(7.2, 3.2) as drawn:
        axes = drawn.axes
        for side, (name, colour) in enumerate(zip(SIDES, _COLOURS, strict=True)):
            axes.plot(one.lengths, one.probabilities[side], "o-", color=colour, ms=4, label=name)
            axes.axvline(one.distances[side], color=colour, lw=1, ls="--")
        axes.set_xlabel("distance from the cell's centre, in pixels")
        axes.set_ylabel("probability")
        axes.legend(ncols=4, loc="upper right")
        axes.grid(True)
    story.figure(
        drawn.svg,
        "The same cell: what it says about its distance to each side. Dashed: the true distances.",
        keep_as="cell_distances",
    )
    mass = np.mean([answer.mass_beside_truth for answer in answers])
    spread = np.mean([answer.spread for answer in answers])
    story.claim(
        Claim(
            "cell_mass",
            float(mass),
            0.5,
            "The surest cell puts {number:.0%} of its probability on the two lengths that enclose "
            "the true one (chance: {chance:.0%}); the distribution's standard deviation is "
            "{spread:.1f} pixels. Between two lengths it answers by leaning: a distance half way "
            "is half and half.",
            "The surest cell puts only {number:.0%} of its probability on the two lengths that "
            "enclose the true one (chance: {chance:.0%}); the distribution's standard deviation is "
            "{spread:.1f} pixels.",
            {"chance": 2 / len(one.lengths), "spread": float(spread)},
        )
    )
    best = np.array([answer.iou.ravel()[answer.objectness.argmax()] for answer in answers])
    top = np.array([answer.iou.max() for answer in answers])
    away = np.array(
        [
            np.abs(answer.center - (sample.boxes[0][:2] + sample.boxes[0][2:]) / 2).max()
            for answer, sample in zip(answers, samples, strict=True)
        ]
    )
    radius = trained.localizer.head.radius * STRIDE
    near = float(np.mean(away <= radius))
    story.claim(
        Claim(
            "cell_near_centre",
            near,
            0.9,
            "In {number:.1%} of the scenes the surest cell is one of those that learned to answer, "
            "at most {radius:.0f} pixels from the object's centre. Its box has an IoU of "
            "{best:.3f} "
            "on average; the best of all 64 boxes would have {top:.3f}.",
            "Only in {number:.1%} of the scenes the surest cell is one of those that learned to "
            "answer, at most {radius:.0f} pixels from the object's centre. Its box has an IoU of "
            "{best:.3f} on average; the best of all 64 boxes would have {top:.3f}.",
            {"best": float(best.mean()), "top": float(top.mean()), "radius": radius},
        )
    )
    story.text(
        "The price is that one cell has to see as far as the object reaches: what a cell cannot "
        "see (section 2: its receptive field) it can only guess."
    )
