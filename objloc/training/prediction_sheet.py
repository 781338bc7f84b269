"""Draws what a model found beside what is there: a contact sheet of predictions."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from objloc.data import Truth
from objloc.data.drawing import draw_boxes, tile
from objloc.evaluation import Detections
from objloc.training.run_folder import write_atomically, writing

TRUTH_COLOUR = (255, 255, 255)
RIGHT_COLOUR = (0, 200, 83)
WRONG_COLOUR = (255, 64, 64)


def prediction_sheet(
    images: Mapping[int, UInt8[np.ndarray, "_s _s 3"]],
    truths: Sequence[Truth],
    detections: Sequence[Detections],
    class_names: Sequence[str],
    *,
    score_threshold: float,
    order: Iterable[int],
    ious: np.ndarray,
    columns: int,
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the images in `order`, side by side, with truth (white) and detections drawn.

    A detection is green where the image's IoU is at least .5 and its class is there, else red; its
    text is class, score and IoU. The truth is named where no detection says its class.

    Args:
        images: index → picture as the model was fed it.
        truths: boxes in original pixels, with the way to the pixels of `images`.
        detections: in original pixels, at every score.
        class_names: names of the labels.
        score_threshold: detections below it are not drawn.
        order: indices of the images to show.
        ious: mean IoU of each image; NaN where it has no object.
        columns: images in a row.
    """
    pictures = []
    for index in order:
        truth, found = truths[index], detections[index].over(score_threshold)
        overlaps = ious[index] >= 0.5  # False for NaN: nothing was to be found
        has_iou = not np.isnan(ious[index])
        texts = ["" if label in found.labels else class_names[label] for label in truth.labels] + [
            f"{class_names[label]} {score:.2f}" + (f" IoU {ious[index]:.2f}" if has_iou else "")
            for label, score in zip(found.labels, found.scores, strict=True)
        ]
        colours = [TRUTH_COLOUR] * len(truth.boxes) + [
            RIGHT_COLOUR if overlaps and label in truth.labels else WRONG_COLOUR
            for label in found.labels
        ]
        boxes = np.concatenate([truth.boxes, found.boxes]).astype(np.float32)
        pictures.append(draw_boxes(images[index], truth.transform.apply(boxes), texts, colours))
    return tile(pictures, columns=columns, gap=4)


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
