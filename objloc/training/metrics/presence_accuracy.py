"""Presence accuracy during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.training.metrics.localization_metric import LocalizationMetric


@keras.saving.register_keras_serializable("objloc")
class PresenceAccuracy(LocalizationMetric):
    """Share of images where a score reaches the threshold exactly if there is an object."""

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image."""
        said = ops.max(found["detections"]["confident"], axis=1)
        right = ops.cast(said == ops.max(truth["present"], axis=1), "float32")
        return right, ops.ones_like(right)
