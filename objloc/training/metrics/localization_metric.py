"""What the metrics shown during training have in common."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc import boxes as geometry


class LocalizationMetric(keras.metrics.Metric):
    """A mean over images, started afresh each epoch. Subclasses write ``measure``.

    For images with one object at most: the first target and the best detection are compared.
    The numbers after training come from ``objloc.evaluation``; these follow it during training,
    with a fixed score threshold.

    Args:
        name: the metric's name in logs.
        score_threshold: a detection with a lower score does not count.

    Example:
        >>> class Recall(LocalizationMetric):
        ...     def measure(self, truth, found):
        ...         return found["confident"], truth["present"]
    """

    def __init__(
        self, name: str | None = None, score_threshold: float = 0.5, **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.score_threshold = score_threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.weight = self.add_weight(name="weight", initializer="zeros")

    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each image, both (B,) float32.

        Args:
            truth: ``box`` (B, 4) normalised xyxy, ``label`` (B,) and ``present`` (B,) float32.
            found: ``box``, ``label``, ``score`` (B,), ``iou`` with the truth (B,) and
                ``confident`` (B,) float32: 1 where the score reaches the threshold.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it measures")

    def update_state(
        self, y_true: Mapping[str, Any], y_pred: Mapping[str, Any], sample_weight: Any = None
    ) -> None:
        """Adds a batch: targets (``boxes``, ``labels``) and the decoded detections."""
        detection = y_pred
        truth = {
            "box": y_true["boxes"][:, 0],
            "label": y_true["labels"][:, 0],
            "present": ops.cast(y_true["labels"][:, 0] >= 0, "float32"),
        }
        found = {
            "box": detection["boxes"][:, 0],
            "label": detection["labels"][:, 0],
            "score": detection["scores"][:, 0],
        }
        found["iou"] = geometry.iou(truth["box"], found["box"], xp=ops)
        found["confident"] = ops.cast(found["score"] >= self.score_threshold, "float32")
        value, weight = self.measure(truth, found)
        self.total.assign_add(ops.sum(value * weight))
        self.weight.assign_add(ops.sum(weight))

    def result(self) -> Any:
        """The weighted mean so far; 0 before the first image that counts."""
        return self.total / ops.maximum(self.weight, geometry.EPSILON)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "score_threshold": self.score_threshold}
