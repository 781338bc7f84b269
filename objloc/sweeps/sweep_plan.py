"""What a sweep is to do, read from its config and checked before anything is begun."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from objloc.config import build
from objloc.config.check import plain
from objloc.config.sweep_space import SweepSpace, sweep_space
from objloc.errors import ConfigError

# Scrambled once for all its numbers: another seed for each trial would make them no sequence.
_SEEDED_ONCE = "optuna.samplers.QMCSampler"
_NO_PRUNER = "optuna.pruners.NopPruner"


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep is to do.

    Attributes:
        space: what is varied, and what is not.
        seeds: of each setting.
        metrics: the objectives.
        modes: "max" or "min" of each.
        prunes: may a trial be stopped early?
        make_sampler: (number of a trial) → the sampler that chooses it; None for a grid.
    """

    space: SweepSpace
    seeds: tuple[int, ...]
    metrics: tuple[str, ...]
    modes: tuple[str, ...]
    prunes: bool
    make_sampler: Callable[[int], BaseSampler] | None

    @property
    def keys(self) -> tuple[str, ...]:
        """What is varied, without the `+` of keys that are new to the config."""
        return tuple(dimension.key.lstrip("+") for dimension in self.space.dimensions)


def sweep_plan(
    config: DictConfig, overrides: Sequence[str], config_loader: ConfigLoader
) -> SweepPlan:
    """Read a sweep's config and the overrides of its command line.

    Raises:
        ConfigError: what is asked for contradicts itself.
    """
    metrics, modes = _several(config.sweep.metric), _several(config.sweep.mode)
    if len(metrics) != len(modes):
        raise ConfigError(
            f"sweep.metric has {len(metrics)} ({', '.join(metrics)}) and sweep.mode {len(modes)}; "
            "give a mode for each"
        )
    pruner = OmegaConf.select(config, "pruner")
    prunes = pruner is not None and pruner["_target_"] != _NO_PRUNER
    if len(metrics) > 1 and prunes:
        raise ConfigError(
            "Optuna prunes where there is one objective, and sweep.metric has "
            f"{len(metrics)} ({', '.join(metrics)}); leave one of them, or set pruner=none"
        )
    space = sweep_space(overrides, plain(config.sweep.space), config_loader)
    if config.seeds > 1 and any(dimension.key == "seed" for dimension in space.dimensions):
        raise ConfigError(f"seeds={config.seeds} repeats each setting; don't vary seed besides")
    sampler = OmegaConf.select(config, "sampler")
    make_sampler = None if sampler is None else _sampler_maker(plain(sampler))
    if sampler is not None and not space.dimensions:
        raise ConfigError(
            "there is nothing to search: vary a key ('optimizer.learning_rate=tag(log, "
            "interval(1e-4, 1e-2))'), or add an option of the group sweep (--help sweep)"
        )
    return SweepPlan(
        space=space,
        seeds=tuple(range(config.seed, config.seed + config.seeds)),
        metrics=metrics,
        modes=modes,
        prunes=prunes,
        make_sampler=make_sampler,
    )


def _several(value: Any) -> tuple[str, ...]:
    """One word, or a list of them."""
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _sampler_maker(sampler: dict[str, Any]) -> Callable[[int], BaseSampler]:
    """What makes the sampler that chooses a trial, with random numbers of the trial's own.

    So a search that is gone on with chooses as one that was never interrupted.
    """

    def make(trial: int) -> BaseSampler:
        node = OmegaConf.create({"sampler": sampler})
        if sampler.get("seed") is not None and sampler["_target_"] != _SEEDED_ONCE:
            node.sampler.seed = sampler["seed"] + trial
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return build(node.sampler)

    return make
