"""Localization accuracy during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.training.metrics.localization_metric import LocalizationMetric


@keras.saving.register_keras_serializable("objloc")
class LocalizationAccuracy(LocalizationMetric):
    """Share of images with IoU ≥ .5 and the right class, or with rightly nothing."""

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image."""
        right = ops.logical_and(found["iou"] >= 0.5, found["label"] == truth["label"])
        hit = found["confident"] * ops.cast(right, "float32")
        rightly_nothing = (1 - truth["present"]) * (1 - found["confident"])
        return truth["present"] * hit + rightly_nothing, ops.ones_like(hit)
