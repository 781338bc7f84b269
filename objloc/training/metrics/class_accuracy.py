"""Class accuracy during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.training.metrics.localization_metric import LocalizationMetric


@keras.saving.register_keras_serializable("objloc")
class ClassAccuracy(LocalizationMetric):
    """Share of images with an object whose best candidate, however unsure, has its class."""

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image."""
        right = ops.cast(found["label"] == truth["label"], "float32")
        return right, truth["present"]
