"""Giving a run's model a name to load it by: a version of a registered model, with an alias."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from objloc.errors import TrackingError
from objloc.tracking.exported_files import add_exported
from objloc.tracking.store import tracking_errors
from objloc.tracking.stored_localizer import find_model, versions_of

_VERSIONS = "mlflow.modelVersions"  # the tag that makes MLflow's page of a model name its versions


@dataclass(frozen=True)
class Registration:
    """What came of registering.

    Attributes:
        version: of the registered model; it is the run's model.
        is_new: it was made now.
        alias: that the version was given.
        before: the version that had the alias until now.
    """

    version: ModelVersion
    is_new: bool
    alias: str | None
    before: ModelVersion | None

    def story(self) -> list[str]:
        """What was done, line by line."""
        version, before = self.version, self.before
        was = "" if self.is_new else ", registered before"
        lines = [f"version  {version.name} {version.version}{was}"]
        if self.alias is not None:
            if before is None:
                lines.append(f"{self.alias} is version {version.version}; there was none before")
            elif str(before.version) == str(version.version):
                lines.append(f"{self.alias} is version {version.version}, as before")
            else:
                lines.append(
                    f"{self.alias} is version {version.version}; it was version {before.version} "
                    f"(run {before.run_id}, {value_of(before.tags) or 'value not known'})"
                )
        end = f"@{self.alias}" if self.alias is not None else f"/{version.version}"
        return [*lines, f"load it as models:/{version.name}{end}"]


def register_run(
    client: MlflowClient,
    run_id: str,
    name: str,
    alias: str | None,
    *,
    export: bool,
    tags: Mapping[str, str],
) -> list[str]:
    """Makes a run's model a version of a registered model, ready to be served.

    Args:
        client: of the store.
        run_id: the run.
        name: of the registered model, made if there is none yet.
        alias: taken from the version that has it now; None for none.
        export: put an ONNX file into the model, unless it has one.
        tags: of a new version.

    Returns:
        What was done, line by line.

    Raises:
        TrackingError: the run holds no model, or the store fails.
    """
    with tracking_errors(client.tracking_uri, f"give the model of run {run_id}"):
        model_id = model_of(client, run_id)
    # Before the alias moves: a service that follows it fetches the file at once.
    exported = add_exported(client, model_id) if export else ""
    with tracking_errors(client.tracking_uri, f"register the model of run {run_id}"):
        done = register(client, run_id, name, alias, tags)
    return [exported, *done.story()] if exported else done.story()


def model_of(client: MlflowClient, run_id: str) -> str:
    """The id of the model that a run stored last.

    Raises:
        TrackingError: the run holds no model.
    """
    outputs = client.get_run(run_id).outputs
    if not outputs or not outputs.model_outputs:
        raise TrackingError(
            f"run {run_id} holds no model: it did not finish, or ran with tracking.log_model=false"
        )
    return str(outputs.model_outputs[-1].model_id)


def register(
    client: MlflowClient, run_id: str, name: str, alias: str | None, tags: Mapping[str, str]
) -> Registration:
    """Makes the run's model a version of the registered model, once, and gives it the alias.

    Args:
        client: of the store.
        run_id: the run.
        name: of the registered model, made if there is none yet.
        alias: taken from the version that has it now; None for none.
        tags: of a new version.

    Raises:
        TrackingError: the run holds no model.
        MlflowException: the store fails.
    """
    version, is_new = _registered(client, run_id, name, tags)
    before = None
    if alias is not None:
        before = _holder(client, name, alias)
        client.set_registered_model_alias(name, alias, version.version)
    return Registration(version, is_new, alias, before)


def value_of(facts: Mapping[str, str]) -> str:
    """What a version was chosen by, `val/mean_iou 0.812`; "" where its tags don't say."""
    if "metric.value" not in facts:
        return ""
    value = float(facts["metric.value"])
    shown = f"{value:.3g}" if 0 < abs(value) < 0.01 else f"{value:.3f}"
    return f"{facts.get('metric', '')} {shown}".strip()


def _registered(
    client: MlflowClient, run_id: str, name: str, tags: Mapping[str, str]
) -> tuple[ModelVersion, bool]:
    """The version of the registered model that is the run's model, and whether it is new."""
    model_id = model_of(client, run_id)
    place = find_model(client, run_id).location
    for version in versions_of(client, name):
        if version.source == place:  # MLflow's own stores do not keep a version's model id
            return version, False
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = client.create_model_version(name, place, run_id, tags=dict(tags), model_id=model_id)
    told = json.loads(client.get_logged_model(model_id).tags.get(_VERSIONS, "[]"))
    told.append({"name": name, "version": version.version})
    client.set_logged_model_tags(model_id, {_VERSIONS: json.dumps(told)})
    return version, True


def _holder(client: MlflowClient, name: str, alias: str) -> ModelVersion | None:
    """The version that has the alias now."""
    number = client.get_registered_model(name).aliases.get(alias)
    return client.get_model_version(name, number) if number is not None else None
