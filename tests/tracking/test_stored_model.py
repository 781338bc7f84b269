"""A service finds models in any store, by any of their names, and keeps their files."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput

from objloc.engines.exported_model import read_exported
from objloc.errors import TrackingError
from objloc.serving.model_file import file_version
from objloc.tracking import open_store
from objloc.tracking.mlflow_lookup import MlflowLookup
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.model_lookup import ModelLookup
from objloc.tracking.model_name import Located, ModelName
from objloc.tracking.server_lookup import ServerLookup
from objloc.tracking.sqlite_lookup import SqliteLookup
from objloc.tracking.stored_model import StoredModel
from tests.mlflow_server import mlflow_server
from tests.serving.colour_model import write_colour_model


@dataclass(frozen=True)
class Store:
    """A store with a registered model of two versions.

    Attributes:
        uri: of the store.
        client: of it.
        name: of the registered model.
        models: their ids, by version.
        runs: their ids, by version.
        file_versions: beginnings of their files' SHA-256, by version.
    """

    uri: str
    client: MlflowClient
    name: str
    models: dict[str, str]
    runs: dict[str, str]
    file_versions: dict[str, str]


def _filled(uri: str, name: str, scratch: Path) -> Store:
    """Stores two models, the first of which is the champion, and a run without one."""
    client = open_store(uri)
    experiment = client.create_experiment(name, _location(uri, scratch))
    client.create_registered_model(name)
    store = Store(uri, client, name, {}, {}, {})
    for number in (1, 2):
        folder = scratch / str(number)
        file = write_colour_model(folder / EXPORTED / "model.onnx", strength=1 / number)
        (file.parent / "examples").mkdir()
        (file.parent / "examples" / "0.jpg").write_bytes(b"a picture")
        run_id = client.create_run(experiment).info.run_id
        model = client.create_logged_model(experiment, name="localizer", source_run_id=run_id)
        client.log_model_artifacts(model.model_id, str(folder))
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
        made = client.create_model_version(
            name, model.artifact_location, run_id, model_id=model.model_id
        )
        version = str(made.version)
        store.models[version], store.runs[version] = model.model_id, run_id
        store.file_versions[version] = file_version(file)
    client.set_registered_model_alias(name, "champion", "1")
    store.runs["none"] = client.create_run(experiment).info.run_id
    return store


def _location(uri: str, scratch: Path) -> str | None:
    return str(scratch / "files") if uri.startswith("sqlite") else None


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, store_uri: str) -> Store:
    return _filled(store_uri, "local finder", tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory, store_uri: str) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("remote")
    with mlflow_server(store_uri, folder) as address:
        yield _filled(address, "remote's finder", folder)


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)


@pytest.fixture
def finder(tmp_path: Path) -> Callable[..., StoredModel]:
    def refuse(model: str, folder: Path) -> None:
        raise AssertionError(f"{model} needs no export")

    return lambda store, source: StoredModel(source, store.uri, tmp_path / "served", refuse)


def test_every_way_of_asking_finds_the_same(store: Store):
    direct = SqliteLookup if store.uri.startswith("sqlite") else ServerLookup
    quick, thorough = ModelLookup(store.uri), MlflowLookup(store.uri)
    for source in (
        f"models:/{store.name}@champion",
        f"models:/{store.name}/2",
        f"models:/{store.name}/latest",
        f"models:/{store.models['1']}",
        f"runs:/{store.runs['1']}/localizer",
        store.runs["2"],
    ):
        name = ModelName.parse(source)
        found = quick.locate(name)
        assert found == thorough.locate(name)
        assert found.key in store.models.values()
    assert isinstance(quick._lookup, direct)


def test_files_are_fetched_whole_and_once(store: Store, finder, monkeypatch: pytest.MonkeyPatch):
    found = finder(store, f"models:/{store.name}@champion").find()
    assert (found.name, found.version) == (f"{store.name}@champion", "1")
    assert found.file.parent.name == store.models["1"]
    assert read_exported(found.file).about["strength"] == 1
    assert (found.file.parent / "examples" / "0.jpg").read_bytes() == b"a picture"
    again = finder(store, f"models:/{store.name}@champion")
    monkeypatch.setattr(ModelLookup, "fetch", lambda *_: pytest.fail("it is there already"))
    assert again.find() == found
    assert [file.name for file in found.file.parent.parent.iterdir()] == [store.models["1"]]


def test_mlflow_itself_fetches_the_same_files(store: Store, tmp_path: Path):
    lookup = MlflowLookup(store.uri)
    found = lookup.locate(ModelName.parse(store.runs["2"]))
    assert lookup.fetch(found, tmp_path)
    assert file_version(tmp_path / "model.onnx") == store.file_versions["2"]


def test_an_alias_that_moves_on_is_followed(local: Store, finder):
    served = finder(local, f"models:/{local.name}@rising")
    for number in ("1", "2", "1"):
        local.client.set_registered_model_alias(local.name, "rising", number)
        found = served.find()
        assert (found.version, file_version(found.file)) == (number, local.file_versions[number])


def test_no_more_than_the_last_two_models_are_kept(
    local: Store, finder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    served = finder(local, f"models:/{local.name}@kept")
    (tmp_path / "served" / ".fetching-dead").mkdir(parents=True)
    os.utime(tmp_path / "served" / ".fetching-dead", (0, 0))
    keys = []
    for number in ("1", "2", "1"):
        local.client.set_registered_model_alias(local.name, "kept", number)
        keys.append(served.find().file.parent.name)
        assert {one.name for one in (tmp_path / "served").iterdir()} == set(keys[-2:])
    monkeypatch.setattr(Located, "key", "third")  # the same files, taken for another model's
    served.find()
    assert {one.name for one in (tmp_path / "served").iterdir()} == {keys[-1], "third"}


def test_a_kept_model_that_was_damaged_is_fetched_again(local: Store, finder):
    found = finder(local, f"models:/{local.name}/2").find()
    found.file.write_bytes(b"damaged")
    again = finder(local, f"models:/{local.name}/2").find()
    assert file_version(again.file) == local.file_versions["2"]


def test_a_database_that_is_busy_is_asked_again(
    local: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("objloc.tracking.sqlite_lookup._PATIENCE", 0.1)
    copy = tmp_path / "copy.db"
    shutil.copyfile(local.uri.removeprefix("sqlite:///"), copy)
    lookup = ModelLookup(f"sqlite:///{copy}")
    name = ModelName.parse(f"models:/{local.name}/1")
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TrackingError, match="kept busy by another process"):
            lookup.locate(name)
    assert lookup.locate(name).key == local.models["1"]
    assert isinstance(lookup._lookup, SqliteLookup)


def test_what_has_no_number_is_told_by_its_file(local: Store, finder):
    found = finder(local, local.runs["2"]).find()
    assert (found.name, found.version) == (local.runs["2"], local.file_versions["2"])


def test_what_is_not_there_is_an_error(store: Store, finder):
    for source in (
        f"models:/{store.name}@nobody",
        f"models:/{store.name}/77",
        "models:/nothing/latest",
        "models:/m-00000000000000000000000000000000",
        store.runs["none"],
        "0123",
    ):
        with pytest.raises(TrackingError):
            finder(store, source).find()


def test_a_model_without_a_file_is_exported_once(local: Store, tmp_path: Path):
    asked: list[str] = []

    def export(model: str, folder: Path) -> None:
        asked.append(model)
        write_colour_model(folder / "model.onnx")

    client = local.client
    experiment = client.get_experiment_by_name(local.name).experiment_id
    model = client.create_logged_model(experiment, name="localizer")
    served = StoredModel(f"models:/{model.model_id}", local.uri, tmp_path, export)
    assert served.find() == served.find()
    assert asked == [f"models:/{model.model_id}"]


def test_half_a_model_is_never_served(local: Store, tmp_path: Path, finder):
    def fail(model: str, folder: Path) -> None:
        (folder / "model.onnx").write_bytes(b"half")
        raise TrackingError("cut off")

    model = local.client.create_logged_model(
        local.client.get_experiment_by_name(local.name).experiment_id, name="localizer"
    )
    with pytest.raises(TrackingError, match="cut off"):
        StoredModel(f"models:/{model.model_id}", local.uri, tmp_path, fail).find()
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_away_is_named(tmp_path: Path):
    lookup = ModelLookup("http://user:secret@127.0.0.1:9")
    with pytest.raises(TrackingError, match=r"http://127\.0\.0\.1:9: .* check tracking\.uri"):
        lookup.locate(ModelName.parse("models:/finder@champion"))
    with pytest.raises(TrackingError, match="no tracking store at"):
        ModelLookup(f"sqlite:///{tmp_path}/none.db").locate(ModelName.parse("123"))


def test_a_database_of_another_form_is_left_to_mlflow(
    local: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def mlflow_lookup(uri: str) -> SqliteLookup:
        asked.append(uri)
        return SqliteLookup(Path(local.uri.removeprefix("sqlite:///")))

    monkeypatch.setattr("objloc.tracking.model_lookup.MlflowLookup", mlflow_lookup)
    (tmp_path / "store.db").write_bytes(b"")  # a database without tables
    lookup = ModelLookup(f"sqlite:///{tmp_path}/store.db")
    for _ in range(2):
        assert lookup.locate(ModelName.parse(f"models:/{local.name}@champion")).version == "1"
    assert asked == [f"sqlite:///{tmp_path}/store.db"]
