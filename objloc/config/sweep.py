"""Checks what a sweep will run before its first job starts."""

from collections.abc import Iterator, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from objloc.errors import ConfigError

# Each is composed, which takes some hundredths of a second.
_MOST_CHECKED = 200


def single_jobs(overrides: Sequence[str]) -> Iterator[list[str]]:
    """Command lines without sweeps, that together hold every value of every swept key once.

    Not their product: a value is right or wrong by itself. A continuous sweep (`interval`) stands
    for no value and is left out.

    Raises:
        ConfigError: an override cannot be read.
    """
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    except HydraException:
        yield list(overrides)  # composing it says what is wrong
        return
    choices = [_choices(override) for override in parsed]
    if not any(len(values) > 1 for values in choices):
        yield [text for values in choices for text in values]
        return
    first = [values[:1] for values in choices]
    yield [text for values in first for text in values]
    count = 1
    for position, values in enumerate(choices):
        for value in values[1:]:
            count += 1
            if count > _MOST_CHECKED:
                return
            job = [*first[:position], [value], *first[position + 1 :]]
            yield [text for part in job for text in part]


def _choices(override: Override) -> list[str]:
    if not override.is_sweep_override():
        return [str(override.input_line)]
    if override.is_hydra_override():
        raise ConfigError(f"{override.input_line}: Hydra's own keys cannot be swept")
    if not override.is_discrete_sweep():
        return []
    try:
        values = list(override.sweep_string_iterator())
    except HydraException:
        # A glob over a group's options: needs the config loader, and names only what exists.
        return []
    return [f"{override.get_key_element()}={value}" for value in values]
