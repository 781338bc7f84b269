"""The loss of a localizer: box, class and objectness, weighted."""

from collections.abc import Callable, Mapping
from typing import Any

from keras import ops

from objloc import boxes as geometry
from objloc.errors import ConfigError
from objloc.models.heads import Head
from objloc.training.losses.box_losses import BOX_LOSSES

PARTS = ("box", "class", "objectness")

SumOverReplicas = Callable[[Any], Any]
"""Gives a tensor's sum over the devices that share a batch."""


def _alone(value: Any) -> Any:
    """The sum over one device."""
    return value


class LocalizationLoss:
    """Σ weightᵢ · lossᵢ over box, class and objectness, and the head's own terms.

    Box and class losses are means over the candidates that answer for a target, weighted by their
    quality where the assigner grades them. The objectness loss is summed over the candidates that
    count and divided by the sum of qualities plus the number of images without object: for a head
    with one candidate that is the mean over images.

    Args:
        weights: ``box``, ``class`` and ``objectness`` to a weight ≥ 0.
        box: name of the box loss: bce, l1, mse, huber, giou or ciou.
        label_smoothing: share of the class target spread over all classes (Szegedy et al. 2016).
        objectness: ``bce`` or ``focal``.
        focal_gamma: how much ``focal`` looks away from easy candidates (Lin et al. 2017).
        focal_alpha: weight of the candidates that answer under ``focal``; the rest has 1 - alpha.

    Raises:
        ConfigError: an unknown name or a missing weight.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        box: str = "ciou",
        label_smoothing: float = 0.0,
        objectness: str = "bce",
        focal_gamma: float = 2.0,
        focal_alpha: float = 0.25,
    ) -> None:
        if box not in BOX_LOSSES:
            raise ConfigError(f"loss.box={box}: it is one of {', '.join(BOX_LOSSES)}")
        if objectness not in ("bce", "focal"):
            raise ConfigError(f"loss.objectness={objectness}: it is bce or focal")
        if set(weights) != set(PARTS):
            raise ConfigError(
                f"loss.weights has {', '.join(sorted(weights))}; it needs {', '.join(PARTS)}"
            )
        self.weights = {part: float(weights[part]) for part in PARTS}
        self.box = box
        self.label_smoothing = label_smoothing
        self.objectness = objectness
        self.focal_gamma = focal_gamma
        self.focal_alpha = focal_alpha

    def __call__(
        self,
        head: Head,
        targets: Mapping[str, Any],
        outputs: Mapping[str, Any],
        sum_over_replicas: SumOverReplicas = _alone,
    ) -> dict[str, Any]:
        """Losses of a batch.

        Args:
            head: says who answers for a target, and adds its own terms.
            targets: ``boxes`` (B, M, 4) normalised xyxy and ``labels`` (B, M), -1 where padded.
            outputs: what the head put out.
            sum_over_replicas: where several devices share the batch, and targets and outputs are
                one device's: sums over them, so that the losses are the whole batch's.

        Returns:
            ``loss``, the scalar to minimise, its unweighted parts ``loss_box``, ``loss_class``,
            ``loss_objectness``, and ``loss_<term>`` for the head's terms, weighted.

        Raises:
            ConfigError: the box loss is ``bce`` and the head's coordinates can leave 0..1.
        """
        self.check(head)
        assignment = head.assign(outputs, targets["boxes"], targets["labels"])
        quality = assignment.positive if assignment.quality is None else assignment.quality
        quality = ops.stop_gradient(quality)  # (B, K)

        def total_of(values: Any) -> Any:
            return sum_over_replicas(ops.sum(values))

        total_quality = total_of(quality)

        def mean_over_positives(values: Any) -> Any:
            return total_of(values * quality) / ops.maximum(total_quality, 1)

        # The order of what follows is that of the sums of gradients: another one changes the last
        # bits of every training.
        objectness = self._objectness_losses(quality, outputs["objectness"])  # (B, K)
        if assignment.counted is not None:
            objectness = objectness * assignment.counted
        empty = total_of(ops.cast(ops.all(targets["labels"] < 0, axis=-1), "float32"))
        parts = {
            "box": mean_over_positives(BOX_LOSSES[self.box](assignment.boxes, outputs["boxes"])),
            "class": mean_over_positives(
                self._class_losses(assignment.labels, outputs["class_logits"])
            ),
            "objectness": total_of(objectness) / ops.maximum(total_quality + empty, 1),
        }
        weights = _of_own(head)
        values = head.auxiliary_losses(outputs, assignment) if weights else {}
        own = {name: mean_over_positives(weights[name] * values[name]) for name in weights}
        total = sum(self.weights[part] * value for part, value in parts.items())
        total = total + sum(own.values())
        return {"loss": total} | {f"loss_{name}": value for name, value in (parts | own).items()}

    def names(self, head: Head) -> list[str]:
        """Names of the parts that a call with ``head`` returns beside ``loss``."""
        return [f"loss_{part}" for part in (*PARTS, *_of_own(head))]

    def check(self, head: Head) -> None:
        """Raises ConfigError where the box loss has no meaning for the head's coordinates."""
        if self.box == "bce" and not head.boxes_in_unit_square:
            raise ConfigError(
                f"loss.box=bce: the coordinates of the {type(head).__name__} head can leave 0..1, "
                "where cross-entropy has no gradient; choose ciou, giou, l1, mse or huber, or "
                "head=regression"
            )

    def _class_losses(self, labels: Any, logits: Any) -> Any:
        """Softmax cross-entropy (B, K) of labels (B, K) and logits (B, K, C)."""
        classes = logits.shape[-1]
        smooth = self.label_smoothing
        targets = ops.one_hot(labels, classes) * (1 - smooth) + smooth / classes
        return -ops.sum(targets * ops.log_softmax(logits, axis=-1), axis=-1)

    def _objectness_losses(self, quality: Any, logits: Any) -> Any:
        """Sigmoid cross-entropy or focal loss (B, K) of logits (B, K) and what they are to say.

        Where that is a share and not 0 or 1, the focal loss is the quality focal loss (Li et al.
        2020, "Generalized Focal Loss", equation 2), times the focal loss's alpha.
        """
        losses = ops.relu(logits) - logits * quality + ops.log1p(ops.exp(-ops.abs(logits)))
        if self.objectness == "bce":
            return losses
        # Not 0, where a power below 1 has no gradient.
        surprise = ops.maximum(ops.abs(quality - ops.sigmoid(logits)), geometry.EPSILON)
        alpha = quality * self.focal_alpha + (1 - quality) * (1 - self.focal_alpha)
        return alpha * surprise**self.focal_gamma * losses


def _of_own(head: Head) -> dict[str, float]:
    """The weights of the head's own terms that count."""
    return {name: weight for name, weight in head.auxiliary_weights.items() if weight}
