"""Detections and truths of single images as a batch's tensors."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from objloc.data.truth import Truth
from objloc.evaluation import Detections


def padded(detections: Sequence[Detections], truths: Sequence[Truth]) -> tuple[dict, dict]:
    """Targets and detections as a metric is given them, boxes divided by the images' sizes."""
    most = max([1, *(len(truth.labels) for truth in truths)])
    targets = {
        "boxes": np.zeros((len(truths), most, 4), np.float32),
        "labels": np.full((len(truths), most), -1, np.int32),
    }
    most = max([1, *(len(found) for found in detections)])
    answers = {
        "boxes": np.zeros((len(truths), most, 4), np.float32),
        "labels": np.full((len(truths), most), -1, np.int32),
        "scores": np.zeros((len(truths), most), np.float32),
    }
    for row, (found, truth) in enumerate(zip(detections, truths, strict=True)):
        sides = np.array([truth.size[1], truth.size[0]] * 2, np.float32)
        targets["boxes"][row, : len(truth.labels)] = truth.boxes / sides
        targets["labels"][row, : len(truth.labels)] = truth.labels
        answers["boxes"][row, : len(found)] = found.boxes / sides
        answers["labels"][row, : len(found)] = found.labels
        answers["scores"][row, : len(found)] = found.scores
    return (
        {name: ops.array(value) for name, value in targets.items()},
        {name: ops.array(value) for name, value in answers.items()},
    )
