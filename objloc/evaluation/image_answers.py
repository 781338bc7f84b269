"""Whether the answer to an image is right, in three senses, image by image."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from objloc import boxes as box_geometry
from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.matching import FOUND_IOU, Matches


def localized(matches: Matches, images: int) -> Bool[np.ndarray, " i"]:
    """Is the image right: every object found with its class, and nothing else detected?"""
    missed = matches.object_image[~found_with_class(matches)]
    extra = matches.detection_image[(matches.detection_object < 0) & ~matches.detection_aside]
    right = np.ones(images, np.bool_)
    right[missed] = False
    right[extra] = False
    return right


def found_with_class(matches: Matches) -> Bool[np.ndarray, " m"]:
    """Is the object found with IoU >= .5 and the right label?"""
    if not len(matches.detection_label):
        return np.zeros(len(matches.object_label), np.bool_)
    label = matches.detection_label[matches.object_detection]  # of -1: masked by the IoU of 0
    return (matches.object_iou >= FOUND_IOU) & (label == matches.object_label)


def named(detections: Sequence[Detections], truths: Sequence[Truth]) -> Float64[np.ndarray, " i"]:
    """1 where the best detection has the class of the object that it overlaps most, else 0.

    0 where nothing was put out; NaN where the image has no object.
    """
    answers = np.full(len(truths), np.nan)
    for image, (found, truth) in enumerate(zip(detections, truths, strict=True)):
        labels = truth.labels[~truth.ignore]
        if len(labels) == 0:
            continue
        if len(found) == 0:
            answers[image] = 0.0
            continue
        overlap = box_geometry.iou(found.boxes[0], truth.boxes[~truth.ignore])
        answers[image] = labels[int(np.argmax(overlap))] == found.labels[0]
    return answers


def presence_told(kept: Sequence[Detections], truths: Sequence[Truth]) -> Float64[np.ndarray, " i"]:
    """1 where something is detected exactly if there is an object, else 0.

    NaN where all that the image shows is marked "ignore".
    """
    return np.array(
        [
            float((len(found) > 0) == (len(truth.boxes) > 0))
            if len(truth.boxes) == 0 or not truth.ignore.all()
            else np.nan
            for found, truth in zip(kept, truths, strict=True)
        ],
        np.float64,
    )


def mean(values: np.ndarray) -> float:
    """The mean as a plain number, NaNs left out; NaN (without NumPy's warning) of nothing."""
    values = values[~np.isnan(values)]
    return float(np.mean(values)) if len(values) else float("nan")
