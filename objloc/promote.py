"""Give a trained model a name to load it by: a version of a registered model, with an alias.

    python -m objloc.promote run=best-of:latest name=finder
    python -m objloc.promote run=outputs/2026-01-31_12-00-00-emoji name=finder alias=challenger

`best-of:` takes the setting of a sweep with the best mean, and of its seeds the best run. Then
models:/finder@champion is that model, for evaluate, predict, serve and any program that loads from
MLflow. For serve an ONNX file is put into it, unless it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from objloc.config import hydra_command
from objloc.errors import TrackingError
from objloc.tracking.registered_name import check_names

if TYPE_CHECKING:
    from mlflow import MlflowClient

_BEST_OF = "best-of:"
_METRIC = "val/mean_iou"


@dataclass(frozen=True)
class Choice:
    """The run to promote.

    Attributes:
        run_id: of the run.
        facts: sweep, setting, metric and the like; they become tags of the version.
        told: how it was chosen, for people.
    """

    run_id: str
    facts: Mapping[str, str]
    told: tuple[str, ...] = ()


def run(config: DictConfig) -> None:
    """Register the run's model, give it the alias, and say what was there before."""
    check_names(config.name, config.alias)
    # Here, not above: MLflow takes seconds to import.
    from objloc.tracking import open_store
    from objloc.tracking.registry import register_run, value_of

    client = open_store(config.tracking.get("uri", "sqlite:///mlflow.db"))
    source = str(config.run)  # digits alone are read as a number
    if source.startswith(_BEST_OF):
        choice = best_of(client, source.removeprefix(_BEST_OF))
    else:
        choice = named(client, source)
    lines = register_run(
        client,
        choice.run_id,
        config.name,
        config.alias,
        export=config.export,
        tags=choice.facts,
    )
    value = value_of(choice.facts)
    told = [*choice.told, f"run      {choice.run_id}"]
    print("\n".join([*told, *([f"value    {value}"] if value else []), *lines]))


def best_of(client: "MlflowClient", sweep: str) -> Choice:
    """The best run of the best setting of a sweep.

    Raises:
        TrackingError: there is no such sweep, nothing in it has finished, or it has no single best.
    """
    from objloc.comparison.comparison import compare
    from objloc.comparison.stored_runs import find_parent, jobs_of, objectives

    parent = find_parent(client, sweep)
    metric, mode = objectives(parent) or (_METRIC, "max")
    comparison = compare(jobs_of(client, parent), metric, mode)
    title = parent.data.tags.get("sweep.name") or parent.info.run_name
    if len(comparison.metrics) > 1:
        raise TrackingError(
            f"sweep {title} has several objectives and so no single best: "
            f"{'; '.join(comparison.sentences)}. Choose one of its runs: run=ID"
        )
    best = comparison.best
    if best is None:
        raise TrackingError(f"sweep {title}: nothing to promote: {'; '.join(comparison.sentences)}")
    sign = 1 if comparison.modes[0] == "max" else -1
    winner = max(best.runs, key=lambda one: (sign * one.metrics[metric], -one.started))
    mean = best.interval
    facts = {
        "sweep": str(title),
        "sweep.run_id": parent.info.run_id,
        "setting": best.setting,
        "metric": metric,
        "metric.value": str(winner.metrics[metric]),
        "metric.mean": str(mean.mean),
        "metric.seeds": str(mean.count),
        "seed": str(winner.seed),
    }
    return Choice(
        winner.run_id, facts, (f"best of {title} by {metric}:", *_listed(comparison.sentences))
    )


def named(client: "MlflowClient", source: str) -> Choice:
    """The run that an id, the beginning of one or a folder means.

    Raises:
        TrackingError: there is no such run, or more than one.
    """
    from objloc.comparison.stored_runs import objectives, runs_named

    [found] = runs_named(client, [source])
    tags = client.get_run(found.run_id).data.tags
    facts = {"seed": str(found.seed)}
    metric = _METRIC
    if "sweep.setting" in tags:
        facts["setting"] = tags["sweep.setting"]
        above = tags.get("mlflow.parentRunId")
        while above:  # a setting's run may be between a job and the sweep's
            parent = client.get_run(above)
            facts |= {"sweep.run_id": above, "sweep": parent.data.tags.get("sweep.name", "")}
            metric = (objectives(parent) or (metric, ""))[0].partition(",")[0]
            above = parent.data.tags.get("mlflow.parentRunId")
    if metric in found.metrics:
        facts |= {"metric": metric, "metric.value": str(found.metrics[metric])}
    return Choice(found.run_id, facts, (f"run {found.name}",))


def _listed(sentences: tuple[str, ...]) -> list[str]:
    return [f"  {sentence}" for sentence in sentences]


main = hydra_command("promote", run)

if __name__ == "__main__":
    main()
