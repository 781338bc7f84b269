"""What the network gets, and what it gives."""

import numpy as np

from experiments.white_box.drawn import samples_of, with_boxes
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.task import LARGEST, SIDE, SMALLEST
from experiments.white_box.training import BATCH, STRIDE
from objloc.evaluation.baselines import always
from objloc.evaluation.matching import match
from objloc.evaluation.measurement import answer, typical_box

_SCENES = 4


def tell_the_task(story: Story, study: Study) -> None:
    """The scenes, the two models, and the answers that are to be explained."""
    dense = study.dense
    cells = SIDE // STRIDE
    story.section("1. The task: where is the white rectangle?")
    story.text(
        f"A scene is a black square of {SIDE} × {SIDE} pixels with one filled white rectangle in "
        f"it. Its width and its height are drawn apart from each other, {SMALLEST} to {LARGEST} "
        "pixels, and it lies anywhere it fits. The network gets the pixels, three numbers of 0 to "
        "255 each, and nothing else. It gives four numbers: where the left, top, right and bottom "
        "sides of a box are, as shares of the picture's side: 0 is the left or top border and 1 "
        "the right or bottom one. How good a box is, is measured by IoU: what two boxes share, "
        "divided by what they cover together; 1 is perfect, 0 is a miss."
    )
    story.text(
        "Two networks learn the same scenes. Both begin with the same convolutions, which turn the "
        f"picture into a map of {cells} × {cells} cells with 64 numbers (channels) in each. "
        "Flatten-and-dense, the classic, writes all of these in one row and computes each side as "
        "one weighted sum of the whole row, squeezed into 0..1 by a sigmoid. The grid asks every "
        "cell the same question, with the same weights: is there an object whose centre is near "
        "you, and how far is it from you to its four sides? The answer of the surest cell counts."
    )
    samples = samples_of(dense.dataset.split("test"), _SCENES)
    pictures = []
    for trained in study.pair:
        found = trained.predictor.predict_images([sample.image for sample in samples])
        for sample, one in zip(samples, found, strict=True):
            best = one.boxes[:1]
            picture = with_boxes(sample.image, sample.boxes, best)
            x1, y1, x2, y2 = sample.boxes[0]
            said = ", ".join(f"{value:.1f}" for value in best[0]) if len(best) else "nothing"
            truth = f"{x1:.0f}, {y1:.0f}, {x2:.0f}, {y2:.0f}"
            pictures.append((picture, f"{trained.name} says {said}; the truth is {truth}"))
    story.text(
        "Four scenes of the test, which no training saw. Blue is the truth, orange the answer; "
        "left, top, right and bottom are given in pixels. The first row is flatten-and-dense, the "
        "second the grid."
    )
    story.pictures(
        pictures,
        keep_as="task",
        caption="above flatten-and-dense's answers, below the grid's; blue is the truth",
    )
    answers = answer(
        dense.predictor, dense.dataset.split("test"), dense.dataset.batch_form, limit_batches=None
    )
    mean_box = typical_box(dense.dataset.split("train"))
    blind = float(np.mean(match(always(mean_box, answers.truths), answers.truths).object_iou))
    seen = dense.scenes_seen[-1]
    story.text(
        f"Each saw {seen:,} scenes, fresh ones all the time, in {seen // BATCH:,} steps of "
        f"{BATCH}. Whoever answers with the average box of the training scenes every time, without "
        f"looking, reaches a mean IoU of {blind:.3f}: the number to beat."
    )
    story.numbers({"task/mean_box_iou": blind, "task/scenes_seen": seen})
