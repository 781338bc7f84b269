"""A localizer that computes in float32, whatever it was trained in."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from objloc.errors import ExportError
from objloc.models import Localizer

FLOAT32 = "float32"
_POLICY = "DTypePolicy"


def precision_of(localizer: Localizer) -> str:
    """The dtype policy of a localizer's layers: the first one that isn't float32."""
    return next((name for name in _policies(localizer.get_config()) if name != FLOAT32), FLOAT32)


def in_float32(localizer: Localizer) -> Localizer:
    """The same localizer, with the same weights, computing in float32.

    LiteRT and OpenVINO refuse mixed precision, and where nothing is gained by it (a CPU) it only
    costs digits. Weights are float32 in mixed precision, too, so they are copied as they are.

    Raises:
        ExportError: the weights don't fit, as those of a layer that ignores its dtype.
    """
    if precision_of(localizer) == FLOAT32:
        return localizer
    twin = Localizer.from_config(_with_float32(localizer.get_config()))
    weights = localizer.get_weights()
    try:
        twin.set_weights(weights)
    except ValueError as error:
        raise ExportError(f"the model cannot be rebuilt in float32: {error}") from error
    wrong = [
        own.path
        for own, weight in zip(twin.weights, weights, strict=True)
        if not np.array_equal(np.asarray(own), weight)
    ]
    if wrong:
        raise ExportError(
            f"the model cannot be rebuilt in float32: {wrong[0]} lost digits; does its layer keep "
            "its weights in another dtype?"
        )
    return twin


def _policies(config: Any) -> Iterator[str]:
    """The names of the dtype policies in a serialized object's config."""
    if isinstance(config, dict):
        if config.get("class_name") == _POLICY:
            yield str(config["config"]["name"])
        else:
            yield from _policies(list(config.values()))
    elif isinstance(config, list | tuple):
        for one in config:
            yield from _policies(one)


def _with_float32(config: Any) -> Any:
    """A serialized object's config with every dtype policy in it changed."""
    if isinstance(config, list | tuple):
        return [_with_float32(one) for one in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == _POLICY:
        return {**config, "config": {"name": FLOAT32}}
    return {name: _with_float32(one) for name, one in config.items()}
