"""Compare runs: which setting is best, by how much, and whether that is more than luck.

    python -m objloc.compare sweep=latest
    python -m objloc.compare runs=[672d9dc1,outputs/2026-01-31_12-00-00-emoji] metric=test/ap50

Takes the runs of a sweep, or any others; what differs between these is found in their configs. Runs
that differ in nothing but the seed are one setting. The answer is printed; comparison.md,
comparison.html and comparison.json go to a folder of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, ListConfig

from objloc.config import hydra_command
from objloc.config.run_folder import reserve_run_folder
from objloc.errors import ConfigError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from objloc.comparison.compared_run import ComparedRun

_METRIC = "val/mean_iou"
_SMALL_IS_GOOD = ("loss", "error", "ece", "seconds", "milliseconds")


@dataclass(frozen=True)
class Found:
    """The runs to compare.

    Attributes:
        title: what they are.
        runs: all of them.
        metric: what they are compared by where nothing else is asked for.
        mode: of that metric.
    """

    title: str
    runs: "Sequence[ComparedRun]"
    metric: str
    mode: str


def run(config: DictConfig) -> None:
    """Read the runs, compare them, print the answer and write it down."""
    # Here, not above: MLflow and SciPy take seconds to import.
    from objloc.comparison.comparison import compare
    from objloc.comparison.comparison_files import write_comparison
    from objloc.comparison.comparison_text import short_text
    from objloc.tracking import open_store

    client = open_store(config.tracking.get("uri", "sqlite:///mlflow.db"))
    found = find(client, config.runs)
    metric = joined(config.metric) or found.metric
    mode = joined(config.mode) or (found.mode if metric == found.metric else usual_modes(metric))
    comparison = compare(found.runs, metric, mode)
    folder = made_folder(config, found.title)
    which = ", ".join(
        f"{name} ({way})" for name, way in zip(metric.split(","), comparison.modes, strict=True)
    )
    write_comparison(comparison, folder, found.title, f"{len(found.runs)} runs by {which}")
    print(f"{found.title}: {len(found.runs)} runs by {which}\n\n{short_text(comparison)}")
    print(f"written to {folder}: comparison.html shows all of it")


def find(client: "MlflowClient", runs: object) -> Found:
    """The runs that are meant: a sweep's, or those of a list.

    Raises:
        ConfigError: a name is not written as a text.
        TrackingError: they are not in the store.
    """
    from objloc.comparison.stored_runs import find_parent, jobs_of, objectives, runs_named

    if isinstance(runs, ListConfig | list):
        words = [word(one) for one in runs]
        return Found("runs", runs_named(client, words), _METRIC, "max")
    parent = find_parent(client, word(runs))
    metric, mode = objectives(parent) or (_METRIC, "max")
    title = parent.data.tags.get("sweep.name") or parent.info.run_name
    return Found(str(title), jobs_of(client, parent), metric, mode)


def word(value: object) -> str:
    """The text that was meant; ids of digits alone are read as numbers.

    Raises:
        ConfigError: the number no longer shows what was written: 12e345678.
    """
    if isinstance(value, float):
        raise ConfigError(
            f"runs: an id was read as the number {value}; write more of the id, or all of it"
        )
    return str(value)


def joined(value: object) -> str:
    """One or several words as `compare` takes them; "" for none."""
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, ListConfig | list) else str(value)


def usual_modes(metric: str) -> str:
    """Of each metric, whether more of it is better, by its name."""
    names = [one.rpartition("/")[2] for one in metric.split(",")]
    return ",".join(
        "min" if any(part in _SMALL_IS_GOOD for part in name.split("_")) else "max"
        for name in names
    )


def made_folder(config: DictConfig, title: str) -> Path:
    """The folder for the files, made if need be.

    Raises:
        ConfigError: it cannot be.
    """
    if config.output is None:
        now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        return reserve_run_folder(Path(config.output_root) / f"{now}-compare-{Path(title).name}")
    folder = Path(config.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"output={folder}: no folder can be made there ({error.strerror or error}); choose "
            "another"
        ) from error
    return folder


# For training, sweep is a group of options.
main = hydra_command("compare", run, synonyms={"sweep": "runs"})

if __name__ == "__main__":
    main()
