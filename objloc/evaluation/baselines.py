"""Answers that look at no picture: a model is worth what it beats these by."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float32

from objloc.data.sample import Sample
from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections

WHOLE_IMAGE = np.array([0, 0, 1, 1], np.float32)
"""The box around everything, normalised."""


def mean_box(samples: Iterable[Sample]) -> Float32[np.ndarray, "4"]:
    """The mean of all boxes of (training) samples, each divided by its picture's width and height.

    Boxes marked "ignore" do not count. Without any box it is the whole image.
    """
    total, count = np.zeros(4), 0
    for sample in samples:
        height, width = sample.image.shape[:2]
        real = sample.boxes[~sample.ignore]
        total += (real / np.array([width, height, width, height])).sum(axis=0)
        count += len(real)
    return (total / count).astype(np.float32) if count else WHOLE_IMAGE.copy()


def always(box: Float32[np.ndarray, "4"], truths: Sequence[Truth]) -> list[Detections]:
    """The detections of a model that answers one normalised box, surely, to every image."""
    answers = []
    for truth in truths:
        height, width = truth.size
        scaled = box[None] * np.array([width, height, width, height], np.float32)
        answers.append(Detections(scaled, np.zeros(1, np.int32), np.ones(1, np.float32)))
    return answers
