"""Average precision at IoU .5 during training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.training.metrics.matching import best_claimants, claim

_LOWEST, _HIGHEST = -7.0, 9.0
"""Logits of the scores in the first and in the last bin: .001 and .9999."""


@keras.saving.register_keras_serializable("objloc")
class AP50(keras.metrics.Metric):
    """COCO's AP50, up to the width of a bin of scores; started afresh each epoch.

    Precision is read off at COCO's 101 recalls (Lin et al. 2014, "Microsoft COCO") and averaged
    over the classes that have objects. Instead of sorting all detections of an epoch, it counts
    right and wrong ones in bins of their score, class by class, evenly spaced in the score's logit:
    scores crowd near 0 and 1. As in COCO's protocol, the best-scored detection with an IoU of at
    least .5 with an object of its class is right, and others are wrong; unlike there, a detection
    whose object is taken gets no second choice. Boxes marked "ignore" are not among the targets.

    Args:
        name: the metric's name in logs.
        bins: of scores.
        num_classes: C; None until ``for_classes`` says.
    """

    def __init__(
        self,
        name: str | None = None,
        bins: int = 200,
        num_classes: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.bins = bins
        self.num_classes: int | None = None
        if num_classes is not None:
            self.for_classes(num_classes)

    def for_classes(self, num_classes: int) -> None:
        """Makes room for the counts of C classes; ``Localizer.compile`` calls it.

        Raises:
            ValueError: it is in use for another number of classes.
        """
        if self.num_classes == num_classes:
            return
        if self.num_classes is not None:
            raise ValueError(f"{self.name}: made for {self.num_classes} classes, not {num_classes}")
        self.num_classes = num_classes
        shape = (num_classes * self.bins,)
        self.right = self.add_weight(shape, "zeros", name="right")
        self.detections = self.add_weight(shape, "zeros", name="detections")
        self.objects = self.add_weight((num_classes,), "zeros", name="objects")

    def update_state(
        self, y_true: Mapping[str, Any], y_pred: Mapping[str, Any], sample_weight: Any = None
    ) -> None:
        """Adds a batch: targets and detections, both with ``boxes`` and ``labels``; the latter
        with ``scores``, too, best first.

        Raises:
            ValueError: nobody said how many classes there are.
        """
        if self.num_classes is None:
            raise ValueError(
                f"{self.name}: how many classes? Give num_classes, or call for_classes"
            )
        scores, labels = y_pred["scores"], y_pred["labels"]
        claims = claim(y_true, y_pred)
        finds = ops.where(claims.rank == 2, 1 + scores, 0.0)
        best, found = best_claimants(claims, finds, y_true["labels"].shape[1])  # (B, M)
        order = ops.arange(scores.shape[1], dtype="int32")
        right = ops.any((best[:, None] == order[:, None]) & found[:, None], axis=2)  # (B, D)

        # Bins by falling score; padding is counted nowhere.
        inside = ops.clip(scores, 1e-7, 1 - 1e-7)
        logit = ops.log(inside) - ops.log1p(-inside)
        share = (_HIGHEST - logit) / (_HIGHEST - _LOWEST)
        place = ops.cast(ops.clip(ops.floor(share * self.bins), 0, self.bins - 1), "int32")
        place = ops.reshape(ops.maximum(labels, 0) * self.bins + place, (-1,))
        real = ops.cast(labels >= 0, "float32")

        def count(values: Any, places: Any, number: int) -> Any:
            return ops.segment_sum(ops.reshape(values, (-1,)), places, num_segments=number)

        number = self.num_classes * self.bins
        self.right.assign_add(count(real * ops.cast(right, "float32"), place, number))
        self.detections.assign_add(count(real, place, number))
        there = ops.cast(y_true["labels"] >= 0, "float32")
        kinds = ops.reshape(ops.maximum(y_true["labels"], 0), (-1,))
        self.objects.assign_add(count(there, kinds, self.num_classes))

    def result(self) -> Any:
        """The mean over the classes with objects so far; 0 without any."""
        if self.num_classes is None:
            return ops.zeros(())
        shape = (self.num_classes, self.bins)
        right = ops.cumsum(ops.reshape(self.right, shape), axis=1)
        seen = ops.cumsum(ops.reshape(self.detections, shape), axis=1)
        objects = ops.maximum(self.objects, 1)[:, None]
        precision = _highest_from_here_on(right / ops.maximum(seen, 1))
        # How many of the recalls 0, .01, … 1 are reached; the little more is for rounding.
        reached = ops.floor(100 * right / objects + 1e-4) + 1
        points = ops.concatenate([reached[:, :1], reached[:, 1:] - reached[:, :-1]], axis=1)
        area = ops.sum(precision * points, axis=1) / 101
        occurs = ops.cast(self.objects > 0, "float32")
        return ops.sum(area * occurs) / ops.maximum(ops.sum(occurs), 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "bins": self.bins, "num_classes": self.num_classes}


def _highest_from_here_on(values: Any) -> Any:
    """The maximum of each of values (C, N), at least 0, and all that follow it."""
    length, step = values.shape[1], 1
    while step < length:  # with each round twice as many that follow are looked at
        values = ops.maximum(values, ops.pad(values[:, step:], ((0, 0), (0, step))))
        step *= 2
    return values
