"""Mean IoU during training."""

from collections.abc import Mapping
from typing import Any

import keras

from objloc.training.metrics.localization_metric import LocalizationMetric


@keras.saving.register_keras_serializable("objloc")
class MeanIoU(LocalizationMetric):
    """Mean IoU over objects; 0 where no detection over the threshold answers for one."""

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each object."""
        return found["iou"] * found["confident"], truth["present"]
