"""What flatten-and-dense learns against what a grid learns."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, UInt8

from experiments.white_box.claim import Claim
from experiments.white_box.drawn import heat, samples_of, with_boxes
from experiments.white_box.places import Places, places_of
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.task import (
    LEFT_THIRD,
    SMALL,
    on_the_left,
    on_the_right,
    rectangles,
)
from experiments.white_box.training import STRIDE, Trained, test

_SHOWN = 4


def tell_dense_or_grid(story: Story, study: Study) -> None:
    """The same scenes, the same convolutions, another head."""
    story.section("5. What flatten-and-dense learns, and what a grid learns")
    reports = [test(trained, trained.dataset).metrics for trained in study.pair]
    story.table(
        "pair",
        ["", study.dense.name, study.grid.name],
        [
            ["mean IoU on the test", *(f"{report['mean_iou']:.3f}" for report in reports)],
            ["scenes with IoU >= .5", *(f"{report['iou_over_50']:.1%}" for report in reports)],
            ["scenes with IoU >= .9", *(f"{report['iou_over_90']:.1%}" for report in reports)],
            ["parameters", *(f"{trained.localizer.count_params():,}" for trained in study.pair)],
            [
                "of them in the head",
                *(f"{trained.localizer.head.count_params():,}" for trained in study.pair),
            ],
            ["scenes seen", *(f"{trained.scenes_seen[-1]:,}" for trained in study.pair)],
        ],
    )
    better = reports[1]["mean_iou"] - reports[0]["mean_iou"]
    story.claim(
        Claim(
            "grid_better",
            better,
            0.0,
            "After the same {seen:,.0f} scenes the grid's boxes are better by {number:.3f} mean "
            "IoU ({grid:.3f} against {dense:.3f}).",
            "After the same {seen:,.0f} scenes the grid's boxes are no better: {grid:.3f} mean IoU "
            "against {dense:.3f}.",
            {
                "seen": float(study.dense.scenes_seen[-1]),
                "dense": reports[0]["mean_iou"],
                "grid": reports[1]["mean_iou"],
            },
        )
    )
    _tell_moving(story, study)
    _tell_left_third(story, study)


def _tell_moving(story: Story, study: Study) -> None:
    """Does a box move as its object does, and is it as good everywhere?"""
    story.part("An object moves, does its box?")
    story.text(
        "A small rectangle is moved by whole pixels around the picture's middle; a perfect model's "
        "box moves along, pixel by pixel. What it strays from that is the equivariance error. And "
        "the same rectangles are put at every place of a raster, to see where they are found well."
    )
    places = [places_of(trained, study.size) for trained in study.pair]
    errors = [one.shifted.error().value for one in places]
    by_cell = [
        float(one.shifted.by_shift()[:, one.shifted.shifts == -STRIDE].mean()) for one in places
    ]
    story.table(
        "moving",
        ["", study.dense.name, study.grid.name],
        [
            ["equivariance error in pixels", *(f"{error:.2f}" for error in errors)],
            [f"the same, moved by exactly {STRIDE} pixels", *(f"{one:.2f}" for one in by_cell)],
            ["mean IoU at the best place", *(f"{_iou(one).max():.3f}" for one in places)],
            ["mean IoU at the worst place", *(f"{_iou(one).min():.3f}" for one in places)],
            ["standard deviation over places", *(f"{_iou(one).std():.3f}" for one in places)],
        ],
        caption="Rectangles of the smallest quarter of the sizes, "
        f"{len(places[0].positions.found)} of them at {_iou(places[0]).size} places each.",
    )
    story.pictures(_maps(study.pair, places, "trained anywhere"), keep_as="positions")
    story.text(
        "Violet is a mean IoU of 0, yellow of 1; the raster is that of the objects' centres, from "
        "border to border."
    )
    story.claim(
        Claim(
            "equivariance",
            errors[0] - errors[1],
            0.0,
            "Moved by a few pixels, the grid's box strays by {grid:.2f} pixels from its object, "
            "flatten-and-dense's by {dense:.2f}.",
            "Moved by a few pixels, the grid's box strays by {grid:.2f} pixels from its object and "
            "flatten-and-dense's by {dense:.2f}: shared weights alone do not make the grid exact, "
            "for between two of its cells it has to guess.",
            {"dense": errors[0], "grid": errors[1]},
        )
    )
    story.claim(
        Claim(
            "equivariance_by_a_cell",
            by_cell[0] / max(by_cell[1], 1e-3),
            2.0,
            f"Moved by exactly one cell, {STRIDE} pixels, the grid's box strays by {{grid:.2f}} "
            "pixels and flatten-and-dense's by {dense:.2f}: the next cell has the same weights and "
            "says the same, but for what it sees of the border.",
            f"Moved by exactly one cell, {STRIDE} pixels, the grid's box strays by {{grid:.2f}} "
            "pixels and flatten-and-dense's by {dense:.2f}: the border that a cell sees makes more "
            "of a difference than the weights.",
            {"dense": by_cell[0], "grid": by_cell[1]},
        )
    )


def _iou(places: Places) -> Float64[np.ndarray, "g g"]:
    return places.positions.mean_iou


def _maps(
    trained: Sequence[Trained], places: Sequence[Places], seen: str
) -> list[tuple[UInt8[np.ndarray, "_h _w 3"], str]]:
    """The heat map over position of each model."""
    return [
        (
            heat(_iou(one), 0, 1),
            f"{model.name}, {seen}: mean IoU {_iou(one).min():.2f} to {_iou(one).max():.2f} by "
            "place",
        )
        for model, one in zip(trained, places, strict=True)
    ]


def _tell_left_third(story: Story, study: Study) -> None:
    """What becomes of objects where training never had one."""
    small = rectangles(study.size, largest=SMALL)
    left, right = on_the_left(small), on_the_right(small)
    trained = {
        ("flatten-and-dense", "anywhere"): study.dense,
        ("flatten-and-dense", "right two thirds"): study.dense_right,
        ("grid", "anywhere"): study.grid,
        ("grid", "right two thirds"): study.grid_right,
    }
    story.part("The telling experiment: never an object on the left")
    story.text(
        "Both are trained again, from scratch and on just as many scenes, but every rectangle lies "
        f"wholly in the right two thirds, from column {LEFT_THIRD} on. Then they are asked about "
        f"rectangles of at most {SMALL} pixels, once in the right two thirds and once, with the "
        "same shapes in the same rows, wholly in the left third."
    )
    iou = {
        (head, seen, where): test(one, dataset).metrics["mean_iou"]
        for (head, seen), one in trained.items()
        for where, dataset in (("right", right), ("left", left))
    }
    story.table(
        "left_third",
        ["head", "objects in training", "mean IoU on the right", "mean IoU in the left third"],
        [
            [head, seen, f"{iou[head, seen, 'right']:.3f}", f"{iou[head, seen, 'left']:.3f}"]
            for head, seen in trained
        ],
        words=(0, 1),
    )
    samples = samples_of(left.split("test"), _SHOWN)
    pictures = []
    for name, one in (("flatten-and-dense", study.dense_right), ("grid", study.grid_right)):
        found = one.predictor.predict_images([sample.image for sample in samples])
        for sample, answer in zip(samples, found, strict=True):
            best = answer.boxes[:1]
            said = f"left side at {best[0][0]:.1f}" if len(best) else "nothing"
            pictures.append(
                (
                    with_boxes(sample.image, sample.boxes, best),
                    f"{name}: {said}; the truth is {sample.boxes[0][0]:.0f}",
                )
            )
    story.text(
        "Rectangles in the left third, as those models answer that never saw one there: the first "
        "row flatten-and-dense, the second the grid."
    )
    story.pictures(
        pictures,
        keep_as="left_third",
        caption="trained without the left third: above flatten-and-dense, below the grid",
    )
    models = [study.dense_right, study.grid_right]
    places = [places_of(one, study.size) for one in models]
    story.pictures(_maps(models, places, "trained on the right"), keep_as="positions_right")
    story.text(
        "The probe of section 8 is not told what was left out of training. It looks for regions "
        "where fewer objects are found than chance would have it. It says of flatten-and-dense: "
        f"“{places[0].blind_spot}”. Of the grid: “{places[1].blind_spot}”."
    )
    _claim_left_third(story, iou)
    story.numbers(
        {
            f"left_third/{head}/{seen}/{where}".replace(" ", "_"): value
            for (head, seen, where), value in iou.items()
        }
    )


def _claim_left_third(story: Story, iou: Mapping[tuple[str, str, str], float]) -> None:
    """Who generalises, by mean IoU of (head, objects in training, objects in the test)."""
    dense, grid = (iou[head, "right two thirds", "left"] for head in ("flatten-and-dense", "grid"))
    taught = iou["flatten-and-dense", "anywhere", "left"]
    story.claim(
        Claim(
            "dense_blind_on_the_left",
            taught - dense,
            0.2,
            "Flatten-and-dense does not generalise to places where it saw nothing: in the left "
            "third its mean IoU is {dense:.3f} where one that saw objects there has {taught:.3f}. "
            "The weights of those cells were never told anything. (Where its left side comes to "
            "lie to the right of its right side, the box is empty: a dot in the picture.)",
            "Flatten-and-dense does well even where it saw nothing: in the left third its mean IoU "
            "is {dense:.3f}, and {taught:.3f} for one that saw objects there.",
            {"dense": dense, "taught": taught},
        )
    )
    kept = _share(grid, iou["grid", "right two thirds", "right"])
    story.claim(
        Claim(
            "grid_generalises",
            grid - dense,
            0.1,
            "The grid generalises: trained without the left third it keeps {kept:.0%} of its mean "
            "IoU there, {grid:.3f}, where flatten-and-dense has {dense:.3f}. Every cell has the "
            "same weights, so that what is learned on the right is known on the left.",
            "The grid does not clearly generalise better: trained without the left third it keeps "
            "{kept:.0%} of its mean IoU there, {grid:.3f}, and flatten-and-dense has {dense:.3f}.",
            {"grid": grid, "dense": dense, "kept": kept},
        )
    )


def _share(part: float, whole: float) -> float:
    """Of the whole; NaN of nothing."""
    return part / whole if whole else float("nan")
