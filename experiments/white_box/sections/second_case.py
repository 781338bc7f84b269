"""The second case: creatures on photographs, or nothing."""

from dataclasses import replace

import numpy as np

from experiments.white_box.claim import Claim
from experiments.white_box.drawn import samples_of, with_boxes
from experiments.white_box.sections.how_it_breaks import break_rows, probed
from experiments.white_box.sections.where_it_looks import map_rows, maps_of, tell_trust
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.training import STRIDE, Trained, test
from objloc.insight.layers.first_filters import first_filters
from objloc.insight.layers.measure_layers import measure_layers
from objloc.insight.layers.recording import record
from objloc.insight.learning.how_it_learned import HowItLearned
from objloc.insight.maps.map_picture import map_picture

_SCENES = 8
_MEASURED = 64
_CONDITIONS = ("shift", "size", "object_contrast", "noise", "blur", "occlusion", "background")


def tell_second_case(story: Story, study: Study) -> None:
    """The same sections once more, shorter: what differs."""
    trained = study.creatures
    story.section("9. A second case: creatures on photographs, or nothing")
    story.text(
        "Black and white is a toy. Here are three made-up creatures (mopple, quillo and tarnip), "
        "turned, mirrored, 14 to 36 pixels long, in front of photographs, with noise and blur now "
        "and then; in 22 of 100 scenes there is none. So there is a class to tell, and whether "
        "anything is there at all. The network is the grid of before, from scratch."
    )
    _tell_result(story, trained)
    _tell_layers(story, study)
    _tell_learning(story, trained)
    _tell_maps(story, study)
    _tell_breaks(story, study)


def _tell_result(story: Story, trained: Trained) -> None:
    samples = samples_of(trained.dataset.split("test"), _SCENES)
    names = trained.dataset.class_names
    threshold = trained.localizer.score_threshold
    pictures = []
    for sample, found in zip(
        samples,
        trained.predictor.predict_images([one.image for one in samples]),
        strict=True,
    ):
        best = found.over(threshold).boxes[:1]
        said = f"{names[found.labels[0]]}, {found.scores[0]:.2f}" if len(best) else "nothing"
        truth = names[sample.labels[0]] if len(sample.labels) else "nothing"
        drawn = with_boxes(sample.image, sample.boxes, best)
        pictures.append((drawn, f"says {said}; the truth is {truth}"))
    story.pictures(
        pictures, keep_as="creatures", caption="test scenes; blue is the truth, orange the answer"
    )
    report = test(trained, trained.dataset).metrics
    story.table(
        "creatures",
        ["scenes seen", "mean IoU", "IoU >= .5", "right class", "presence told"],
        [
            [
                f"{trained.scenes_seen[-1]:,}",
                f"{report['mean_iou']:.3f}",
                f"{report['iou_over_50']:.1%}",
                f"{report['class_accuracy']:.1%}",
                f"{report['presence_accuracy']:.1%}",
            ]
        ],
        words=(),
        caption="On the test, in front of photographs that training never saw. The experiment "
        "multiclass, at twice the size and with the default network, takes longer and does better.",
    )
    story.numbers({f"creatures/{name}": value for name, value in report.items()})


def _tell_layers(story: Story, study: Study) -> None:
    trained = study.creatures
    filters = first_filters(trained.localizer)
    plain = first_filters(study.grid.localizer)
    assert filters is not None
    assert plain is not None
    colour, white = _colour_share(filters.kernel), _colour_share(plain.kernel)
    story.part("What layers see")
    story.pictures(
        [
            (filters.picture(), "the first layer's filters, learned on photographs"),
            (plain.picture(), "those of the grid that learned on white rectangles"),
        ],
        keep_as="creatures_filters",
    )
    story.claim(
        Claim(
            "creatures_colour",
            colour - white,
            0.05,
            "The filters that saw photographs tell colours apart more: {colour:.0%} of their "
            "weights' energy is in differences between red, green and blue, against {white:.0%} "
            "of those that saw only grey. Weights drawn by chance have {chance:.0%}.",
            "By their colours one cannot tell which filters saw photographs: {colour:.0%} of their "
            "weights' energy is in differences between red, green and blue, {white:.0%} of those "
            "that saw only grey, and {chance:.0%} of weights drawn by chance. Colourful filters "
            "are no proof that colour is used.",
            {"colour": colour, "white": white, "chance": 2 / 3},
        )
    )
    dead = [_dead(trained), _dead(study.grid)]
    story.text(
        f"Of the {dead[0][1]} channels of its backbone's levels {dead[0][0]} are dead (0 on "
        f"{_MEASURED} test scenes); of the {dead[1][1]} of the grid for rectangles, {dead[1][0]}."
    )


def _colour_share(kernel: np.ndarray) -> float:
    """Of (h, w, 3, filters): the energy that is not the same in all three colours."""
    grey = kernel.mean(axis=2, keepdims=True)
    return float(((kernel - grey) ** 2).sum() / (kernel**2).sum())


def _dead(trained: Trained) -> tuple[int, int]:
    """Dead channels of the backbone's blocks, and all of them."""
    images = np.stack([one.image for one in samples_of(trained.dataset.split("test"), _MEASURED)])
    recording = record(trained.localizer, images[:1])
    blocks = [
        one
        for one in measure_layers(trained.localizer, recording, images)
        if one.path.startswith("backbone/") and one.path.count("/") == 1 and one.parameters
    ]
    return sum(len(one.dead) for one in blocks), sum(one.units for one in blocks)


def _tell_learning(story: Story, trained: Trained) -> None:
    learning = trained.learning
    assert learning is not None, "it was watched"
    last = learning.epochs[-1]
    story.part("What is left of the loss")
    story.table(
        "creatures_loss",
        ["part of the loss", "at the end", "its floor", "above it", "gradient at the end"],
        [
            [
                part,
                f"{last.val_losses[place]:.4f}",
                f"{last.val_floors[place]:.4f}",
                f"{last.val_excess[place]:.4f}",
                f"{last.part_norms()[place]:.2e}",
            ]
            for place, part in enumerate(learning.setting.parts)
        ],
        caption=f"On {learning.setting.val_pictures} validation scenes; the last part is that of "
        "the distances' distributions, whose targets are shares as coordinates are under "
        "cross-entropy, and which has a floor for the same reason.",
    )
    norms = dict(zip(learning.setting.parts, last.part_norms(), strict=True))
    story.claim(
        Claim(
            "creatures_presence",
            float(norms["objectness"] / norms["box"]),
            0.1,
            "Where there may be nothing, presence has to be learned: at the end the gradient of "
            "objectness is {number:.2f} times as long as that of the box.",
            "Presence is learned early: at the end the gradient of objectness is only {number:.2f} "
            "times as long as that of the box.",
        )
    )
    story.finding(
        HowItLearned(replace(learning, frames=())),  # films of photographs are large
        "learning/creatures",
        folded="Everything that was recorded of this training",
    )


def _tell_maps(story: Story, study: Study) -> None:
    trained = study.creatures
    finding = maps_of(trained, study)
    story.part("Where it looks")
    wanted = ("class", "objectness", "left", "right")
    pictures = []
    for number, example in enumerate(finding.examples[:2]):
        for one in finding.of_example(number, "hires_cam"):
            if one.map.quantity in wanted:
                inside = "–" if np.isnan(one.mass) else f"{one.mass:.0%}"
                pictures.append(
                    (
                        map_picture(example.subject, one.map),
                        f"{one.map.quantity}: {inside} of the map inside the object",
                    )
                )
    story.pictures(
        pictures,
        keep_as="creatures_maps",
        caption="HiResCAM of class, objectness, left and right side; a row for each scene",
    )
    story.table(
        "creatures_maps",
        ["model", "method", "inside × area", "own side", "deletion", "insertion", "shuffled"],
        map_rows(trained, finding),
        words=(0, 1),
    )
    by_quantity = {
        quantity: np.array(
            [
                one.mass_by_area
                for one in finding.maps
                if one.map.quantity == quantity and one.true_box and not np.isnan(one.mass)
            ]
        )
        for quantity in ("class", "left", "top", "right", "bottom")
    }
    sides = [value for side in ("left", "top", "right", "bottom") for value in by_quantity[side]]
    texture = float(by_quantity["class"].mean()) if len(by_quantity["class"]) else float("nan")
    edge = float(np.mean(sides)) if sides else float("nan")
    story.claim(
        Claim(
            "creatures_class_inside",
            texture - edge,
            0.5,
            "The class is read off the creature itself: its maps lie inside the box {texture:.1f} "
            "times as much as chance would have it, those of the sides, which look at the edges "
            "and beyond, {edge:.1f} times.",
            "The class is not clearly read more from inside than the sides are: its maps lie "
            "inside the box {texture:.1f} times as much as chance would have it, those of the "
            "sides {edge:.1f} times.",
            {"texture": texture, "edge": edge},
        )
    )
    tell_trust(story, "maps_creatures", "this grid", finding)
    story.finding(finding, "maps/creatures", folded="All maps of the creatures")


def _tell_breaks(story: Story, study: Study) -> None:
    finding = probed(study.creatures, study, _CONDITIONS)
    story.part("How it breaks")
    story.table(
        "creatures_breaks",
        ["what is changed", "recall ≥ .9", "lowest recall"],
        break_rows([finding]),
        words=(0, 1, 2),
        caption=f"{finding.scenes} scenes at every value.",
    )
    curves = {one.curve.condition.name: one.curve for one in finding.curves}
    imagined = [share.value for share in curves["noise"].false_presence()]
    story.claim(
        Claim(
            "creatures_imagined",
            max(imagined) - imagined[0],
            0.05,
            "A model of presence can also see what is not there: in empty scenes it finds a "
            "creature in {clean:.0%} without noise and in up to {noisy:.0%} with it.",
            "It rarely sees what is not there: in empty scenes it finds a creature in {clean:.0%} "
            "without noise, and in at most {noisy:.0%} with it.",
            {"clean": imagined[0], "noisy": max(imagined)},
        )
    )
    if finding.shift is not None:
        error = finding.shift.error().value
        story.claim(
            Claim(
                "creatures_shift",
                1 - error / STRIDE,
                0.9,
                "Moved by whole pixels over a plain ground, its box strays by only {error:.2f} "
                f"pixels from the creature; its cells are {STRIDE} pixels apart.",
                "Moved by whole pixels over a plain ground, its box strays by {error:.2f} pixels "
                f"from the creature; its cells are {STRIDE} pixels apart.",
                {"error": error},
            )
        )
    story.finding(finding, "probes/creatures", folded="All curves of the creatures")
