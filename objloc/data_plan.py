"""Which data a trained model is measured on: the command line's choice, or that of its own run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from objloc.errors import ConfigError

if TYPE_CHECKING:
    from objloc.tracking import TrainedModel

_DATA_GROUPS = ("dataset", "augment", "experiment")
# What of `trainer` moves the numbers or decides how much is measured.
_TRAINER_KEYS = ("eval_batch_size", "limit_val_steps", "precision", "threads", "deterministic")


@dataclass(frozen=True)
class DataPlan:
    """What is to be measured on, and how.

    Attributes:
        name: of the data: the experiment's, or the dataset option's.
        config: `dataset`, `augment`, `seed` and `trainer`.
        origin: where the choice of data is from, for people.
    """

    name: str
    config: DictConfig
    origin: str


def data_plan(
    config: DictConfig,
    overrides: Sequence[str],
    choices: Mapping[str, object],
    trained: "TrainedModel",
) -> DataPlan:
    """The data of the command line if it chooses any, else that of the model's own run.

    Args:
        config: what the command line composes to.
        overrides: the command line.
        choices: the option of each group in `config`.
        trained: the model, with its run's config.

    Raises:
        ConfigError: nothing is chosen, and the model's run is not at hand or says too little.
    """
    given = {text.lstrip("+~").partition("=")[0] for text in overrides}
    kept = OmegaConf.create({key: config[key] for key in ("dataset", "augment", "seed", "trainer")})
    own = OmegaConf.create(dict(trained.config)) if trained.config is not None else None
    chosen = [key for key in given if key.replace("@", ".").split(".")[0] in _DATA_GROUPS]
    if own is not None and "precision" in own.get("trainer", {}):
        kept.trainer.precision = own.trainer.precision  # part of what the model computes
    if chosen:
        named = "name" in given or choices.get("experiment") is not None
        name = config.name if named else str(choices["dataset"])
        return DataPlan(name, kept, "as the command line says")
    if own is None:
        raise ConfigError(
            f"model={trained.source}: the data that it was trained on is not known "
            f"({trained.config_from}); say what to measure on: dataset=… or +experiment=…"
        )
    if "dataset" not in own:
        raise ConfigError(f"{trained.config_from} names no dataset; say what to measure on")
    for key in ("dataset", "augment", "seed"):
        if key not in given:
            kept[key] = own.get(key)
    for key in _TRAINER_KEYS:
        if f"trainer.{key}" not in given and "debug" not in given:
            kept.trainer[key] = own.get("trainer", {}).get(key, kept.trainer[key])
    name = config.name if "name" in given else str(own.get("name", "localizer"))
    return DataPlan(name, kept, f"the model's own, from {trained.config_from}")
