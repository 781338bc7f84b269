"""Puts other functions in the place of layers' calls for a while."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

Call = Callable[..., Any]
Replacement = Callable[[str, keras.Operation, Call], Call]
"""From a layer's path, the layer and its `call`: what is to be called in its place."""

_NOTHING = object()


@contextmanager
def replaced_calls(
    layers: Mapping[str, keras.Operation], replacement: Replacement
) -> Iterator[None]:
    """Inside the block, each layer's `call` is what `replacement` makes of it.

    Keras looks `call` up on the layer at every eager call (`keras.Operation.__call__`), so that a
    function among the instance's attributes comes before the class's. It is put there past Keras'
    tracking of attributes and removed again however the block ends; the layer is then as before.
    A graph that was compiled before knows nothing of it. For one thread at a time.
    """
    before: list[tuple[dict[str, Any], Any]] = []
    try:
        for path, layer in layers.items():
            attributes = vars(layer)
            new = replacement(path, layer, layer.call)
            before.append((attributes, attributes.get("call", _NOTHING)))
            attributes["call"] = new
        yield
    finally:
        for attributes, own in reversed(before):
            if own is _NOTHING:
                attributes.pop("call", None)
            else:
                attributes["call"] = own
