"""Give a trained model a name to load it by: a version of a registered model, with an alias.

    python -m objloc.promote run=best-of:latest name=finder
    python -m objloc.promote run=outputs/2026-01-31_12-00-00-emoji name=finder alias=challenger

`best-of:` takes the setting of a sweep with the best mean, and of its seeds the best run. Then
models:/finder@champion is that model, for evaluate, predict and any program that loads from MLflow.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from objloc.config import hydra_command
from objloc.errors import ConfigError, TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

_BEST_OF = "best-of:"
_METRIC = "val/mean_iou"
_VERSIONS = "mlflow.modelVersions"  # the tag that makes MLflow's page of a model name its versions


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
    # Here, not above: MLflow takes seconds to import.
    from objloc.tracking import open_store
    from objloc.tracking.store import tracking_errors

    check_names(config.name, config.alias)
    uri = config.tracking.get("uri", "sqlite:///mlflow.db")
    client = open_store(uri)
    source = str(config.run)  # digits alone are read as a number
    if source.startswith(_BEST_OF):
        choice = best_of(client, source.removeprefix(_BEST_OF))
    else:
        choice = named(client, source)
    with tracking_errors(uri, f"register the model of run {choice.run_id}"):
        version, is_new = registered(client, choice, config.name)
        before = holder(client, config.name, config.alias)
        if config.alias is not None:
            client.set_registered_model_alias(config.name, config.alias, version.version)
    for line in [*choice.told, *story(choice, version, is_new, before, config.alias)]:
        print(line)


def check_names(name: str, alias: str | None) -> None:
    """Refuse what MLflow refuses, before anything is written.

    Raises:
        ConfigError: a name cannot be that of a registered model, or of an alias.
    """
    if not name.strip() or set(name) & set("/:@"):
        raise ConfigError(f"name={name!r}: a registered model's name has none of / : @ in it")
    if alias is None:
        return
    if not re.fullmatch(r"[\w-]{1,255}", alias):
        raise ConfigError(f"alias={alias!r}: an alias is made of letters, digits, _ and -")
    if alias.lower() == "latest" or re.fullmatch(r"[vV]?\d+", alias):
        raise ConfigError(
            f"alias={alias}: MLflow keeps this word for the version itself; choose another, such "
            "as alias=champion"
        )


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


def registered(client: "MlflowClient", choice: Choice, name: str) -> tuple["ModelVersion", bool]:
    """The version of the registered model that is the run's model, and whether it is new.

    Raises:
        TrackingError: the run holds no model.
    """
    from mlflow.exceptions import MlflowException

    from objloc.tracking.stored_localizer import find_model

    outputs = client.get_run(choice.run_id).outputs
    if not outputs or not outputs.model_outputs:
        raise TrackingError(
            f"run {choice.run_id} holds no model: it did not finish, or ran with "
            "tracking.log_model=false"
        )
    model_id = outputs.model_outputs[-1].model_id
    place = find_model(client, choice.run_id).location
    for version in _versions(client, name):
        if version.source == place:  # MLflow's own stores do not keep a version's model id
            return version, False
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = client.create_model_version(
        name,
        place,
        choice.run_id,
        tags=dict(choice.facts),
        model_id=model_id,
    )
    told = json.loads(client.get_logged_model(model_id).tags.get(_VERSIONS, "[]"))
    told.append({"name": name, "version": version.version})
    client.set_logged_model_tags(model_id, {_VERSIONS: json.dumps(told)})
    return version, True


def holder(client: "MlflowClient", name: str, alias: str | None) -> "ModelVersion | None":
    """The version that has the alias now."""
    aliases = client.get_registered_model(name).aliases
    number = aliases.get(alias) if alias is not None else None
    return client.get_model_version(name, number) if number is not None else None


def story(
    choice: Choice,
    version: "ModelVersion",
    is_new: bool,
    before: "ModelVersion | None",
    alias: str | None,
) -> list[str]:
    """What was done, line by line."""
    was = "" if is_new else ", registered before"
    lines = [f"run      {choice.run_id}"]
    if "metric.value" in choice.facts:
        lines.append(f"value    {_value(choice.facts)}")
    lines.append(f"version  {version.name} {version.version}{was}")
    if alias is not None:
        if before is None:
            lines.append(f"{alias} is version {version.version}; there was none before")
        elif str(before.version) == str(version.version):
            lines.append(f"{alias} is version {version.version}, as before")
        else:
            of_before = _value(before.tags) if "metric.value" in before.tags else "value not known"
            lines.append(
                f"{alias} is version {version.version}; it was version {before.version} "
                f"(run {before.run_id}, {of_before})"
            )
    end = f"@{alias}" if alias is not None else f"/{version.version}"
    return [*lines, f"load it as models:/{version.name}{end}"]


def _versions(client: "MlflowClient", name: str) -> "list[ModelVersion]":
    quoted = name.replace("'", "''")
    found: list[ModelVersion] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(
            f"name = '{quoted}'", max_results=1000, page_token=token
        )
        found += page
        token = page.token
        if not token:
            return found


def _value(facts: Mapping[str, str]) -> str:
    from objloc.comparison.comparison_words import number

    return f"{facts.get('metric', '')} {number(float(facts['metric.value']))}".strip()


def _listed(sentences: tuple[str, ...]) -> list[str]:
    return [f"  {sentence}" for sentence in sentences]


main = hydra_command("promote", run)

if __name__ == "__main__":
    main()
