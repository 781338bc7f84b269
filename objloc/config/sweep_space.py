"""What a multirun varies: the keys and their values, read from overrides and `sweep.space`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep
from hydra.errors import HydraException

from objloc.config.spelling import listing
from objloc.errors import ConfigError

_DIGITS = 4
"""Significant digits of a number taken from an interval: as many as a person would type."""


@dataclass(frozen=True)
class Choices:
    """A key with a list of values, each as it is written in an override."""

    key: str
    values: tuple[str, ...]

    def grid(self, points: int) -> tuple[str, ...]:
        """The values."""
        return self.values


@dataclass(frozen=True)
class Interval:
    """A key with numbers from `low` to `high`, both included.

    Attributes:
        key: as in an override.
        low: smallest value.
        high: largest value.
        step: distance of neighbours; None for any number between.
        log: are factors evenly likely, rather than differences?
        integer: whole numbers only?
    """

    key: str
    low: float
    high: float
    step: float | None = None
    log: bool = False
    integer: bool = False

    def grid(self, points: int) -> tuple[str, ...]:
        """`points` evenly spaced values; every value where the interval has steps."""
        if self.step is not None:
            count = round((self.high - self.low) / self.step) + 1
            return tuple(self.text(self.low + self.step * place) for place in range(count))
        shares = [place / (points - 1) for place in range(points)]
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            numbers = [math.exp(low + share * (high - low)) for share in shares]
        else:
            numbers = [self.low + share * (self.high - self.low) for share in shares]
        return tuple(dict.fromkeys(map(self.text, numbers)))  # whole numbers may coincide

    def text(self, number: float) -> str:
        """A number as it is written in an override."""
        return str(round(number)) if self.integer else f"{number:.{_DIGITS}g}"


Dimension = Choices | Interval


@dataclass(frozen=True)
class SweepSpace:
    """What a multirun varies, and what it does not.

    Attributes:
        fixed: overrides that are the same for every job.
        dimensions: what varies; empty where a multirun has one job.
    """

    fixed: tuple[str, ...]
    dimensions: tuple[Dimension, ...]


def sweep_space(
    overrides: Sequence[str],
    space: Mapping[str, object] | None = None,
    config_loader: ConfigLoader | None = None,
) -> SweepSpace:
    """Read the overrides of a command line, and what `sweep.space` adds to them.

    Args:
        overrides: of the command line; they win over `space`.
        space: key to an expression (`interval(1, 10)`), or to a list of values.
        config_loader: finds what a `glob(…)` means; without it, a glob is left out.

    Raises:
        ConfigError: an expression cannot be read, or varies one of Hydra's own keys.
    """
    parser = OverridesParser.create(config_loader=config_loader)
    texts = [f"{key}={_expression(value)}" for key, value in (space or {}).items()]
    try:
        added = parser.parse_overrides(texts)
    except HydraException as error:
        raise ConfigError(f"sweep.space cannot be read: {str(error).splitlines()[0]}") from error
    for text, override in zip(texts, added, strict=True):
        if not override.is_sweep_override():
            raise ConfigError(
                f"sweep.space: {text} is one value; give several: choice(1, 2), a list, range(…), "
                "interval(…) or tag(log, interval(…))"
            )
    given = parser.parse_overrides(list(overrides))
    fixed: list[str] = []
    dimensions: dict[str, Dimension] = {}
    for override in [*added, *given]:
        key = override.get_key_element()
        if not override.is_sweep_override():
            dimensions.pop(key, None)  # the command line has settled it
            fixed.append(str(override.input_line))
            continue
        if override.is_hydra_override():
            raise ConfigError(f"{override.input_line}: Hydra's own keys cannot be swept")
        dimension = _dimension(key, override, config_loader)
        if dimension is not None:
            dimensions[key] = dimension
    return SweepSpace(tuple(fixed), tuple(dimensions.values()))


def _expression(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"choice({','.join(map(str, value))})"
    return str(value)


def _dimension(
    key: str, override: Override, config_loader: ConfigLoader | None
) -> Dimension | None:
    value = override.value()
    if isinstance(value, IntervalSweep):
        return _interval(key, override, value)
    if isinstance(value, RangeSweep) and not value.shuffle and not value.transformers:
        numbers = list(value.range())
        if len(numbers) > 1:
            step = float(value.step)
            low, high = sorted((float(numbers[0]), float(numbers[-1])))
            whole = all(isinstance(number, int) for number in numbers)
            return Interval(key, low, high, step=abs(step), integer=whole)
    try:
        values = tuple(override.sweep_string_iterator())
    except HydraException:
        if config_loader is None:
            return None  # a glob over a group's options names only what exists
        raise
    if not values:
        raise ConfigError(f"{override.input_line}: there is nothing to choose from")
    return Choices(key, values)


def _interval(key: str, override: Override, value: IntervalSweep) -> Interval:
    low, high = value.start, value.end
    if low is None or high is None or not low < high:
        raise ConfigError(f"{override.input_line}: an interval goes from a smaller to a larger")
    log = "log" in value.tags
    if unknown := value.tags - {"log"}:
        raise ConfigError(f"{override.input_line}: no tag {listing(sorted(unknown))}; there is log")
    if log and low <= 0:
        raise ConfigError(f"{override.input_line}: a logarithmic interval begins above 0")
    integer = isinstance(low, int) and isinstance(high, int)
    return Interval(key, float(low), float(high), log=log, integer=integer)
