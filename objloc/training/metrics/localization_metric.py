"""What the metrics shown during training have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc import boxes as geometry
from objloc.training.metrics.matching import answers


class LocalizationMetric(keras.metrics.Metric, ABC):
    """A mean over objects or images, started afresh each epoch. Subclasses write ``measure``.

    The numbers after training come from ``objloc.evaluation``; these follow it during training,
    with a fixed score threshold. Boxes marked "ignore" are not among the targets: a detection there
    counts as a mistake.

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

    @abstractmethod
    def measure(self, truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Any, Any]:
        """Value and weight of each object, both (B, M) float32, or of each image, both (B,).

        Args:
            truth: the objects, M an image: ``boxes`` (B, M, 4) normalised xyxy, ``labels`` (B, M),
                -1 where padded, and ``present`` (B, M) float32: 1, or 0 where padded.
            found: of the detection that answers for each object: ``boxes`` (B, M, 4), ``labels``,
                ``scores``, ``iou`` with the object, ``answered`` (B, M) float32: 1, or 0 where
                there is none, and ``confident`` (B, M) float32: 1 where its score reaches the
                threshold.
                And ``detections``, all of them, D an image, best first: ``boxes`` (B, D, 4),
                ``labels``, ``scores`` and ``confident`` (B, D).
        """

    def update_state(
        self, y_true: Mapping[str, Any], y_pred: Mapping[str, Any], sample_weight: Any = None
    ) -> None:
        """Adds a batch: targets and detections, both with ``boxes`` and ``labels``; the latter
        with ``scores``, too, best first.
        """
        real = y_pred["labels"] >= 0
        confident = ops.logical_and(real, y_pred["scores"] >= self.score_threshold)
        truth = {**y_true, "present": ops.cast(y_true["labels"] >= 0, "float32")}
        found = answers(y_true, y_pred, confident)
        found["detections"] = {**y_pred, "confident": ops.cast(confident, "float32")}
        value, weight = self.measure(truth, found)
        self.total.assign_add(ops.sum(value * weight))
        self.weight.assign_add(ops.sum(weight))

    def result(self) -> Any:
        """The weighted mean so far; 0 before the first object or image that counts."""
        return self.total / ops.maximum(self.weight, geometry.EPSILON)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "score_threshold": self.score_threshold}
