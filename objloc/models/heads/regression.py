"""The classic head: one input, several outputs, one candidate for the whole picture."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from objloc.errors import ConfigError
from objloc.models.assignment import Assignment, assign_first
from objloc.models.heads.head import Head

Reading = Literal["flatten", "pool"]
SURE = 20.0
"""The objectness logit of a head that takes the object for granted."""


@keras.saving.register_keras_serializable("objloc")
class Regression(Head):
    """Reads the coarsest feature map as one vector and puts out a box, a class, a presence.

    Args:
        num_classes: C.
        reading: how the map becomes a vector: ``flatten`` keeps every cell, ``pool`` averages over
            all cells, and with them over where things are.
        hidden: units of the dense ReLU layers between the vector and the outputs.
        stride: the map to read; None for the coarsest.
        always_present: put out a constant, high objectness, for data without empty images.
    """

    boxes_in_unit_square = True

    def __init__(
        self,
        num_classes: int,
        reading: Reading = "flatten",
        hidden: Sequence[int] = (),
        stride: int | None = None,
        always_present: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        if reading not in ("flatten", "pool"):
            raise ConfigError(f"head.reading={reading}: it is flatten or pool")
        self.reading = reading
        self.hidden = tuple(hidden)
        self.stride = stride
        self.always_present = always_present

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        self.level = str(self.stride or max(map(int, input_shape)))
        if self.level not in input_shape:
            raise ConfigError(
                f"head: no feature map of stride {self.level}; the backbone has "
                f"{', '.join(input_shape)}"
            )
        _, rows, columns, channels = input_shape[self.level]
        size = rows * columns * channels if self.reading == "flatten" else channels
        policy = {"dtype": self.dtype_policy}
        self.dense = []
        for index, units in enumerate(self.hidden):
            layer = keras.layers.Dense(units, activation="relu", name=f"hidden_{index}", **policy)
            layer.build((None, size))
            self.dense.append(layer)
            size = units
        # Float32: coordinates in bfloat16 would be a pixel off.
        self.classes = keras.layers.Dense(self.num_classes, dtype="float32", name="classes")
        self.classes.build((None, size))
        self.corners = keras.layers.Dense(4, activation="sigmoid", dtype="float32", name="corners")
        self.corners.build((None, size))
        if not self.always_present:
            self.presence = keras.layers.Dense(1, dtype="float32", name="presence")
            self.presence.build((None, size))

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to one candidate."""
        feature_map = features[self.level]
        if self.reading == "flatten":
            x = ops.reshape(feature_map, (-1, int(np.prod(feature_map.shape[1:]))))
        else:
            x = ops.mean(feature_map, axis=(1, 2))
        for layer in self.dense:
            x = layer(x)
        class_logits = self.classes(x)  # (B, C)
        if self.always_present:
            objectness = ops.full_like(class_logits[:, :1], SURE)
        else:
            objectness = self.presence(x)
        return {
            "boxes": self.corners(x)[:, None],
            "class_logits": class_logits[:, None],
            "objectness": objectness,
        }

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """The one candidate answers for the first target."""
        return assign_first(boxes, labels)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "reading": self.reading,
            "hidden": list(self.hidden),
            "stride": self.stride,
            "always_present": self.always_present,
        }
