"""Checks what a sweep will run before its first job starts, and tells one sweep from another."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from objloc.config.sweep_space import Choices, Dimension, sweep_space

# Each is composed, which takes some hundredths of a second.
_MOST_CHECKED = 200
# They say how far a sweep goes and where, not what it tries.
_NOT_DEFINING = ("sweep.n_trials", "sweep.retry_failed", "sweep.parallel", "output_root")


def single_jobs(
    overrides: Sequence[str], space: Mapping[str, object] | None = None
) -> Iterator[list[str]]:
    """Command lines without sweeps, that together hold every value of every swept key once.

    Not their product: a value is right or wrong by itself. Of an interval both ends stand for all.

    Args:
        overrides: of the command line.
        space: the config's `sweep.space`.

    Raises:
        ConfigError: what is to be swept cannot be read.
    """
    try:
        found = sweep_space(overrides, space)
    except HydraException:
        yield list(overrides)  # composing it says what is wrong
        return
    choices = [_jobs(dimension) for dimension in found.dimensions]
    first = [texts[0] for texts in choices]
    yield [*found.fixed, *first]
    count = 1
    for position, texts in enumerate(choices):
        for text in texts[1:]:
            count += 1
            if count > _MOST_CHECKED:
                return
            yield [*found.fixed, *first[:position], text, *first[position + 1 :]]


def definition(overrides: Sequence[str], config: DictConfig) -> str:
    """A digest that is the same for two sweeps that try the same: they are one, begun twice.

    Args:
        overrides: of the command line.
        config: what the sweep's first job composes to.
    """
    varied = [
        text
        for text in overrides
        if not text.lstrip("+").startswith((*_NOT_DEFINING, "hydra.", "hydra/"))
    ]
    values = config.copy()
    for key in _NOT_DEFINING:
        OmegaConf.update(values, key, None, force_add=True)
    plain = [sorted(varied), OmegaConf.to_container(values, resolve=True)]
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _jobs(dimension: Dimension) -> list[str]:
    if isinstance(dimension, Choices):
        texts = list(dimension.values)
    else:
        texts = [dimension.text(dimension.low), dimension.text(dimension.high)]
    return [f"{dimension.key}={text}" for text in texts]
