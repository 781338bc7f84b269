"""Keras metrics that are shown during training."""

from objloc.training.metrics.ap50 import AP50
from objloc.training.metrics.class_accuracy import ClassAccuracy
from objloc.training.metrics.localization_accuracy import LocalizationAccuracy
from objloc.training.metrics.localization_metric import LocalizationMetric
from objloc.training.metrics.mean_iou import MeanIoU
from objloc.training.metrics.presence_accuracy import PresenceAccuracy

__all__ = [
    "AP50",
    "ClassAccuracy",
    "LocalizationAccuracy",
    "LocalizationMetric",
    "MeanIoU",
    "PresenceAccuracy",
]
