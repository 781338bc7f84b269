"""Class accuracy during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc import boxes as geometry
from objloc.training.metrics.localization_metric import LocalizationMetric


@keras.saving.register_keras_serializable("objloc")
class ClassAccuracy(LocalizationMetric):
    """Share of images with an object whose best detection, however unsure, names what it overlaps
    most rightly.
    """

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image."""
        best = found["detections"]
        overlap = geometry.iou(truth["boxes"], best["boxes"][:, :1], xp=ops)  # (B, M)
        met = ops.argmax(ops.where(truth["present"] > 0, overlap, -1.0), axis=1)[:, None]
        label = ops.take_along_axis(truth["labels"], met, axis=1)[:, 0]
        right = ops.cast(best["labels"][:, 0] == label, "float32")
        return right, ops.max(truth["present"], axis=1)
