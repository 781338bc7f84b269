"""The model: pictures in, candidates out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import keras
from keras import ops

from objloc.data.resize import ResizeMode
from objloc.decoding import Decoding, decode
from objloc.model_card import ModelCard
from objloc.models.heads.head import Head
from objloc.models.saved_parts import import_parts


class LossFunction(Protocol):
    """What ``Localizer.compile`` takes as loss."""

    def names(self, head: Head) -> list[str]:
        """Names of the parts that a call returns beside ``loss``."""

    def __call__(
        self, head: Head, targets: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """``loss``, the scalar to minimise for a batch, and its parts by name."""


@runtime_checkable
class ClassMetric(Protocol):
    """A metric that needs to know the number of classes."""

    def for_classes(self, num_classes: int) -> None:
        """Makes room for labels 0..C-1."""


@keras.saving.register_keras_serializable("objloc")
class Localizer(keras.Model):
    """A backbone with a head: says what is in a picture, where, and whether it is there at all.

    Called with images (B, S, S, 3), uint8, it returns the head's outputs:
    ``boxes`` (B, K, 4) normalised xyxy, ``class_logits`` (B, K, C), ``objectness`` (B, K) logits
    and whatever the head adds.

    Args:
        backbone: images to feature maps by stride.
        head: feature maps to candidates.
        class_names: C names; a label is an index into them.
        image_size: S in pixels.
        score_threshold: a detection counts from this score on; chosen on validation.
        resize_mode: how pictures of other sizes were brought to S × S in training, and are to be.
        decoding: how its candidates become detections; its arguments as a mapping will do, too.

    Example:
        >>> backbone = objloc.models.backbones.convolutional(64, [8, 16, 32], [0, 0, 0])
        >>> head = objloc.models.heads.grid.Grid(num_classes=2, stride=8)
        >>> Localizer(backbone, head, ["cat", "dog"], 64)(np.zeros((1, 64, 64, 3)))["boxes"].shape
        (1, 64, 4)
    """

    def __init__(
        self,
        backbone: keras.Model,
        head: Head,
        class_names: Sequence[str],
        image_size: int,
        score_threshold: float = 0.5,
        resize_mode: ResizeMode = "letterbox",
        decoding: Decoding | Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        images = keras.Input((image_size, image_size, 3), name="images", dtype="uint8")
        features = backbone(ops.cast(images, "float32"))
        super().__init__(inputs=images, outputs=head(features), **kwargs)
        self.backbone = backbone
        self.head = head
        self.class_names = tuple(class_names)
        self.image_size = image_size
        self.resize_mode: ResizeMode = resize_mode
        self.score_threshold = score_threshold
        given = Decoding(**decoding) if isinstance(decoding, Mapping) else decoding
        # A model saved before there was a choice answers with one detection.
        self.decoding = (given or Decoding()).for_objects(max_objects=1)

    @property
    def card(self) -> ModelCard:
        """What is to be known beside the weights, as it is now."""
        return ModelCard(
            class_names=self.class_names,
            image_size=self.image_size,
            resize_mode=self.resize_mode,
            score_threshold=self.score_threshold,
            decoding=self.decoding,
        )

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        loss: LossFunction,
        metrics: Sequence[keras.metrics.Metric] = (),
        **kwargs: Any,
    ) -> None:
        """Makes the model ready for ``fit``.

        Args:
            optimizer: a Keras optimizer.
            loss: called with head, targets and outputs; gives named scalars, of which ``loss`` is
                the one to minimise (``objloc.training.LocalizationLoss``).
            metrics: updated with targets and detections, both dicts; one that counts class by class
                (``ClassMetric``) is told before how many there are.
            **kwargs: for ``keras.Model.compile``. ``jit_compile`` is off unless asked for: on a
                CPU it slows training down by half.
        """
        kwargs.setdefault("jit_compile", False)
        super().compile(optimizer=optimizer, **kwargs)
        self.loss_function = loss
        self.loss_means: dict[str, keras.metrics.Mean] = {
            name: keras.metrics.Mean(name=name) for name in loss.names(self.head)
        }
        for metric in metrics:
            if isinstance(metric, ClassMetric):
                metric.for_classes(len(self.class_names))
        self.target_metrics = list(metrics)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar to minimise, for targets y and outputs y_pred; keeps the parts' means."""
        losses = self.loss_function(self.head, y, y_pred)
        images = ops.shape(y["labels"])[0]
        for name, mean in self.loss_means.items():
            mean.update_state(losses[name], sample_weight=ops.cast(images, "float32"))
        return losses["loss"]

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Adds a batch to every metric; returns all results by name."""
        if self.target_metrics:
            quick = self.decoding.for_progress(max_objects=y["labels"].shape[1])
            found = decode(y_pred, quick, xp=ops)
            for metric in self.target_metrics:
                metric.update_state(y, found)
        return self.get_metrics_result()

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "head": keras.saving.serialize_keras_object(self.head),
            "class_names": list(self.class_names),
            "image_size": self.image_size,
            "resize_mode": self.resize_mode,
            "score_threshold": self.score_threshold,
            "decoding": self.decoding.as_dict(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Localizer":
        """A new localizer from ``get_config``'s answer."""
        config = dict(config)
        import_parts(config)
        for part in ("backbone", "head"):
            config[part] = keras.saving.deserialize_keras_object(config[part], custom_objects)
        return cls(**config)
