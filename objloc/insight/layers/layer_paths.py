"""Names for all layers of a localizer, by the way that leads to them."""

import re
from collections.abc import Iterator

import keras

from objloc.models import Localizer

Layers = dict[str, keras.Operation]
"""By path. What a functional model computes outside of its layers (a sum) is a step, too."""


def layer_paths(localizer: Localizer) -> Layers:
    """Every layer of backbone and head, those inside of others included, by its path.

    A step of a path (`backbone/down_4/convolution`) is the layer's own name, or, where Keras made
    that up (`conv2d_7`), the attribute under which its owner keeps it. A layer that is kept in
    several places has the first one's path.
    """
    found: Layers = {}
    for name in ("backbone", "head"):
        _add(found, name, getattr(localizer, name), set())
    return found


def inner_layers(layers: Layers, path: str) -> Layers:
    """Those of the layers that are parts of the one at a path."""
    return {name: layer for name, layer in layers.items() if name.startswith(f"{path}/")}


def _add(found: Layers, path: str, layer: keras.Operation, seen: set[int]) -> None:
    if id(layer) in seen or isinstance(layer, keras.layers.InputLayer):
        return
    seen.add(id(layer))
    unique, turn = path, 1
    while unique in found:
        turn += 1
        unique = f"{path}_{turn}"
    found[unique] = layer
    for name, child in _children(layer):
        _add(found, f"{unique}/{name}", child, seen)


def _children(layer: keras.Operation) -> Iterator[tuple[str, keras.Operation]]:
    """The layers that a layer is made of, each with its step of the path."""
    if hasattr(layer, "operations"):  # a functional model
        yield from ((step.name, step) for step in layer.operations)
        return
    if not isinstance(layer, keras.layers.Layer):
        return
    named: set[int] = set()
    for attribute, value in vars(layer).items():
        if attribute.startswith("_"):  # Keras' own lists of the same layers, too
            continue
        for key, child in _held(value):
            named.add(id(child))
            made_up = f"{attribute}_{key}" if key else attribute
            yield (made_up if _is_made_up(child) else child.name), child
    for child in layer._flatten_layers(include_self=False, recursive=False):
        if id(child) not in named:
            yield child.name, child


def _held(value: object) -> Iterator[tuple[str, keras.layers.Layer]]:
    """The layers in an attribute: itself, or what a list or mapping holds, with index or key."""
    if isinstance(value, keras.layers.Layer):
        yield "", value
    elif isinstance(value, dict):
        items = ((str(key), item) for key, item in value.items())
        yield from ((key, item) for key, item in items if isinstance(item, keras.layers.Layer))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, keras.layers.Layer):
                yield str(index), item


def _is_made_up(layer: keras.layers.Layer) -> bool:
    """Whether the layer's name is its class's with a number, as Keras names what nobody named."""
    name = layer.name.replace("_", "")
    return re.fullmatch(rf"{type(layer).__name__}\d*", name, re.IGNORECASE) is not None
