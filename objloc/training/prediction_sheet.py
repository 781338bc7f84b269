"""Draws what a model found beside what is there: single pictures and contact sheets."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from objloc.data import Truth
from objloc.data.drawing import Colour, draw_boxes, tile
from objloc.evaluation import Detections, match
from objloc.training.run_folder import write_atomically, writing

TRUTH_COLOUR: Colour = (255, 255, 255)
IGNORED_COLOUR: Colour = (150, 150, 150)
RIGHT_COLOUR: Colour = (0, 200, 83)
WRONG_COLOUR: Colour = (255, 64, 64)

LEGEND = (
    "White: what is there, named where what is found there does not say so. Green: found, with the "
    "right class and an IoU of at least .5; without a text where there are many. Red: wrong. Grey: "
    "marked “ignore”, neither right nor wrong."
)

_MANY = 10
"""From so many detections on, texts would cover the picture: those of the right ones are left out.
"""


def prediction_sheet(
    images: Mapping[int, UInt8[np.ndarray, "_s _s 3"]],
    truths: Sequence[Truth],
    detections: Sequence[Detections],
    class_names: Sequence[str],
    *,
    score_threshold: float,
    order: Iterable[int],
    columns: int,
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the images in `order`, side by side, each as `draw_answer` draws it.

    Args:
        images: index → picture as the model was fed it.
        truths: boxes in original pixels, with the way to the pixels of `images`.
        detections: in original pixels, at every score.
        class_names: names of the labels.
        score_threshold: detections below it are not drawn.
        order: indices of the images to show.
        columns: images in a row.
    """
    pictures = []
    for index in order:
        truth, found = truths[index], detections[index].over(score_threshold)
        apply = truth.transform.apply
        pictures.append(
            draw_answer(
                images[index], truth, found, class_names, apply(truth.boxes), apply(found.boxes)
            )
        )
    return tile(pictures, columns=columns, gap=4)


def draw_answer(
    image: UInt8[np.ndarray, "_h _w 3"],
    truth: Truth,
    found: Detections,
    class_names: Sequence[str],
    truth_boxes: Float32[np.ndarray, "n 4"],
    found_boxes: Float32[np.ndarray, "d 4"],
) -> UInt8[np.ndarray, "_h2 _w2 3"]:
    """Return the picture with truth and detections drawn (see `LEGEND`).

    A detection's text is class, score, and the IoU with the object that it answers for. Among many
    detections only wrong ones have a text, without the IoU.

    Args:
        image: the picture, at any size.
        truth: its objects.
        found: what the model found, over the score threshold.
        class_names: names of the labels.
        truth_boxes: the objects' boxes in pixels of `image`.
        found_boxes: the detections' boxes in pixels of `image`.
    """
    matches = match([found], [truth])
    texts: list[str] = []
    colours: list[Colour] = []
    boxes: list[np.ndarray] = []
    drawn_ignored: set[tuple[float, ...]] = set()
    answers = iter(matches.object_detection)  # of the objects that are not ignored, in order
    for box, label, ignored in zip(truth_boxes, truth.labels, truth.ignore, strict=True):
        if ignored:
            if tuple(box) in drawn_ignored:  # one region, ignored for several classes
                continue
            drawn_ignored.add(tuple(box))
        answer = -1 if ignored else next(answers)
        named = ignored or (answer >= 0 and found.labels[answer] == label)
        texts.append("" if named else class_names[label])
        colours.append(IGNORED_COLOUR if ignored else TRUTH_COLOUR)
        boxes.append(box)
    for index, (box, label, score) in enumerate(
        zip(found_boxes, found.labels, found.scores, strict=True)
    ):
        target = matches.detection_object[index]
        right = target >= 0 and matches.object_label[target] == label
        answered = np.flatnonzero(matches.object_detection == index)
        aside = matches.detection_aside[index]
        text = f"{class_names[label]} {score:.2f}"
        if len(found) >= _MANY:
            text = "" if right or aside else text
        elif len(answered):
            text += f" IoU {matches.object_iou[answered[0]]:.2f}"
        texts.append(text)
        colours.append(IGNORED_COLOUR if aside else RIGHT_COLOUR if right else WRONG_COLOUR)
        boxes.append(box)
    all_boxes = np.array(boxes, np.float32).reshape(-1, 4)
    return draw_boxes(image, all_boxes, texts, colours)


def save_picture(picture: UInt8[np.ndarray, "h w 3"], file: Path) -> None:
    """Write a PNG, whole or not at all; its folder is made.

    Raises:
        TrainingError: if the disk is full or the folder cannot be written.
    """
    with writing(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    write_atomically(file, buffer.getvalue())
