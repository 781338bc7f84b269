"""Localization accuracy during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.training.metrics.localization_metric import LocalizationMetric
from objloc.training.metrics.matching import FOUND_IOU


@keras.saving.register_keras_serializable("objloc")
class LocalizationAccuracy(LocalizationMetric):
    """Share of images where each object is found with IoU ≥ .5 and its class, and nothing else."""

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image."""
        fits = ops.logical_and(found["iou"] >= FOUND_IOU, found["labels"] == truth["labels"])
        hits = ops.sum(truth["present"] * found["confident"] * ops.cast(fits, "float32"), axis=1)
        objects = ops.sum(truth["present"], axis=1)
        detections = ops.sum(found["detections"]["confident"], axis=1)
        right = ops.logical_and(hits == objects, detections == objects)
        return ops.cast(right, "float32"), ops.ones_like(objects)
