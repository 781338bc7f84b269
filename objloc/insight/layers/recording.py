"""Keeps what every layer of a localizer puts out for some pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from objloc.insight.layers.layer_paths import Layers, layer_paths
from objloc.insight.layers.replaced_calls import Call, replaced_calls
from objloc.models import Localizer


@dataclass(frozen=True)
class LayerCall:
    """One call of one layer.

    Attributes:
        path: the layer's, as `layer_paths` says.
        inputs: the tensors it was called with.
        output: what it put out: a tensor (B, …), or tensors in a mapping or tuple.
    """

    path: str
    inputs: tuple[Any, ...]
    output: Any

    @property
    def is_map(self) -> bool:
        """Whether it put out one feature map (B, h, w, C)."""
        return len(getattr(self.output, "shape", ())) == 4


@dataclass(frozen=True)
class Recording:
    """What happened inside a localizer as it looked at some pictures.

    Attributes:
        layers: all layers by path, also those that were not called.
        calls: in the order in which they ended: inner layers before those that they are part of. A
            layer that was called several times has as many.
        features: what the backbone put out: feature maps by stride.
        outputs: what the head put out.
    """

    layers: Layers
    calls: tuple[LayerCall, ...]
    features: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def maps(self, path: str) -> list[np.ndarray]:
        """What a layer put out, as float32, one array a call.

        Raises:
            KeyError: it was not called, or puts out more than a tensor.
        """
        found = [call.output for call in self.calls if call.path == path]
        if not found or not all(hasattr(output, "shape") for output in found):
            known = dict.fromkeys(c.path for c in self.calls if hasattr(c.output, "shape"))
            raise KeyError(f"{path}: put out no tensor; layers that did: {', '.join(known)}")
        return [as_array(output) for output in found]

    def repeats(self) -> dict[str, str]:
        """Layers whose last act is another's: the part's path to that of the whole.

        What a `ConvBlock` puts out is what its activation put out: the very same tensor.
        """
        whole: dict[str, str] = {}
        by_tensor: dict[int, str] = {}
        for call in self.calls:  # parts end before the whole
            part = by_tensor.get(id(call.output))
            if part is not None and part.startswith(f"{call.path}/"):
                whole[part] = call.path
            by_tensor[id(call.output)] = call.path
        return whole


def record(localizer: Localizer, images: np.ndarray) -> Recording:
    """Runs the localizer, uncompiled, on pictures (B, S, S, 3) and keeps what its layers put out.

    Everything is in memory at once: a few pictures at a time. The model is afterwards what it was.
    """
    layers = layer_paths(localizer)
    calls: list[LayerCall] = []
    with watched(layers, calls.append):
        features, outputs = run(localizer, images)
    return Recording(layers, tuple(calls), features, outputs)


def run(localizer: Localizer, images: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The backbone's maps and the head's outputs for images (B, S, S, 3), as in a call."""
    features = localizer.backbone(keras.ops.cast(images, "float32"), training=False)
    return features, localizer.head(features, training=False)


def watched(layers: Mapping[str, Any], tell: Callable[[LayerCall], None]) -> Any:
    """A context in which every call of the layers is told of as it ends."""

    def replacement(path: str, layer: keras.Operation, call: Call) -> Call:
        def told(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            given = keras.tree.flatten((args, kwargs))
            inputs = tuple(one for one in given if hasattr(one, "shape"))
            tell(LayerCall(path, inputs, output))
            return output

        return told

    return replaced_calls(layers, replacement)


def as_array(tensor: Any) -> np.ndarray:
    """A tensor of any floating type as float32."""
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")))
