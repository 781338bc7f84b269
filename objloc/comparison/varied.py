"""What tells runs from each other that were not started as one sweep."""

from collections.abc import Mapping, Sequence

# Choices of a group whose keys stand elsewhere: they have no params of their own.
_GLOBAL_GROUPS = ("experiment", "debug")
# What a run is called, where it is kept and how fast it goes: no part of what is compared.
_LEFT_OUT = ("seed", "seeds", "resume", "output_root", "name", "trainer.threads", "trainer.workers")
_LEFT_OUT_BELOW = ("tracking", "registry", "sweep", "hydra")

UNSET = "unset"
"""Stands for a key that a run does not have."""

UNKNOWN = "?"
"""Stands for a key of a run that died before it wrote its config down."""


def what_varies(
    params: Sequence[Mapping[str, str]], tags: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Key to value of all that is not the same in all the runs; one mapping a run.

    These are the choices of config groups (`head=ssd`) and the params that differ beside them.
    Params of a group whose choice differs follow from the choice and are left out, and so is what
    makes no difference to a model: names, folders, threads; the seed, over which settings repeat.

    Args:
        params: of each run, as `train` records its config.
        tags: of each run, those of its config groups among them.
    """
    groups = [group for group in _groups(params, tags) if not _left_out(group)]
    chosen = {
        group: [one.get(group, UNSET) for one in tags]
        for group in groups
        if len({one.get(group) for one in tags}) > 1
    }
    known = [one for one in params if one]
    names = dict.fromkeys(name for one in known for name in one)
    differing = {
        name: [one.get(name, UNSET) if one else UNKNOWN for one in params]
        for name in names
        if not _left_out(name)
        and len({one.get(name) for one in known}) > 1
        and not any(_belongs(name, group) for group in chosen)
    }
    columns = {**dict(sorted(chosen.items())), **dict(sorted(differing.items()))}
    return [{key: column[row] for key, column in columns.items()} for row in range(len(params))]


def setting_text(values: Mapping[str, str]) -> str:
    """As on a command line: `head=ssd loss.box=giou`."""
    return " ".join(f"{key}={value}" for key, value in values.items())


def _groups(params: Sequence[Mapping[str, str]], tags: Sequence[Mapping[str, str]]) -> list[str]:
    """The tags that are choices of config groups: those that params stand below."""
    names = dict.fromkeys(name for one in tags for name in one)
    heads = {".".join(parts[:end]) for one in params for name in one for parts, end in _cuts(name)}
    return [name for name in names if name in _GLOBAL_GROUPS or name.replace("/", ".") in heads]


def _cuts(name: str) -> list[tuple[list[str], int]]:
    parts = name.split(".")
    return [(parts, end) for end in range(1, len(parts) + 1)]


def _belongs(param: str, group: str) -> bool:
    path = group.replace("/", ".")
    return param == path or param.startswith(f"{path}.")


def _left_out(key: str) -> bool:
    if key in _LEFT_OUT or key.startswith(("hydra/", "mlflow.")):
        return True
    return any(_belongs(key, part) for part in _LEFT_OUT_BELOW)
