"""`promote` registers the right run's model under a name and an alias, once."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput

from objloc import promote
from objloc.tracking import load_localizer, open_store
from tests.comparison.made_runs import METRIC, record, record_job, record_parent
from tests.conftest import Command

if TYPE_CHECKING:
    from objloc.models import Localizer

NO_EXPORT = "export=false"  # the made runs' models have no files


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty store."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    open_store(uri)
    return uri


@pytest.fixture
def client(store: str) -> MlflowClient:
    """A client of the store."""
    return open_store(store)


def give_model(client: MlflowClient, run_id: str) -> str:
    """A model without files for a run; its id. To register it nobody reads them."""
    model = client.create_logged_model("0", name="localizer", source_run_id=run_id)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    return str(model.model_id)


def record_sweep(client: MlflowClient, name: str) -> dict[tuple[str, int], str]:
    """A sweep whose best job is of the setting with the worse mean; the jobs' ids."""
    parent = record_parent(client, name)
    values = {"l1": (0.80, 0.82), "giou": (0.70, 0.85), "ciou": (0.60, 0.61)}
    jobs = {
        (box, seed): record_job(client, parent, trial, f"loss.box={box}", value, seed=seed)
        for trial, (box, each) in enumerate(values.items())
        for seed, value in enumerate(each)
    }
    pruned = record_job(client, parent, 3, "loss.box=mse", 0.99, outcome="PRUNED")
    for run_id in (*jobs.values(), pruned):
        give_model(client, run_id)
    return jobs


def localizer(seed: int) -> "Localizer":
    """Untrained, of two classes; of another seed other weights."""
    import keras

    from objloc.models import Localizer
    from objloc.models.backbones import convolutional
    from objloc.models.heads.grid import Grid

    keras.utils.set_random_seed(seed)
    return Localizer(
        convolutional(32, [4, 8], [0, 0]), Grid(num_classes=2, stride=4), ["cat", "dog"], 32
    )


@pytest.mark.slow
def test_the_champion_that_is_loaded_is_the_best_run(
    command: Command, client: MlflowClient, store: str, tmp_path: Path
) -> None:
    from objloc.tracking.log_model import log_model

    parent = record_parent(client, "real")
    made = []
    for trial, (box, value) in enumerate((("l1", 0.8), ("giou", 0.9), ("bce", 0.7))):
        run_id = record_job(client, parent, trial, f"loss.box={box}", value)
        model = localizer(trial)
        model.save(tmp_path / f"{trial}.keras")
        if box != "bce":
            log_model(client, run_id, tmp_path / f"{trial}.keras")
        made.append(model)
    answer = command(
        promote.main, "run=best-of:real", "name=finder", f"tracking.uri={store}", NO_EXPORT
    )
    assert answer.status == 0, answer.err
    assert "load it as models:/finder@champion" in answer.out
    loaded = load_localizer("models:/finder@champion", store)
    for index, same in ((1, True), (0, False)):
        pairs = zip(loaded.get_weights(), made[index].get_weights(), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs) is same


def test_the_best_setting_counts_and_of_it_the_best_seed(
    command: Command, client: MlflowClient, store: str
) -> None:
    jobs = record_sweep(client, "boxes")
    answer = command(
        promote.main, "run=best-of:boxes", "name=boxes", f"tracking.uri={store}", NO_EXPORT
    )
    assert answer.status == 0, answer.err
    version = client.get_model_version_by_alias("boxes", "champion")
    assert version.run_id == jobs["l1", 1]
    model_id = client.get_run(jobs["l1", 1]).outputs.model_outputs[0].model_id
    assert version.source == client.get_logged_model(model_id).artifact_location
    tags = version.tags
    assert (tags["sweep"], tags["setting"], tags["seed"]) == ("boxes", "loss.box=l1", "1")
    assert (tags["metric"], float(tags["metric.value"])) == (METRIC, 0.82)
    assert float(tags["metric.mean"]) == pytest.approx(0.81)
    assert "boxes" in client.get_logged_model(model_id).tags["mlflow.modelVersions"]
    assert "champion is version 1; there was none before" in answer.out
    assert "l1 and giou: no difference shown" in answer.out  # how sure the choice is


def test_again_makes_no_second_version_but_moves_the_alias(
    command: Command, client: MlflowClient, store: str
) -> None:
    jobs = record_sweep(client, "again")

    def promoted(seed: int, *more: str) -> str:
        run = f"run={jobs['l1', seed]}"
        answer = command(promote.main, run, "name=again", f"tracking.uri={store}", NO_EXPORT, *more)
        assert answer.status == 0, answer.err
        return answer.out

    promoted(0)
    changed = promoted(1)
    assert f"champion is version 2; it was version 1 (run {jobs['l1', 0]}, {METRIC} 0.800)" in (
        changed
    )
    back = promoted(0)
    assert "version  again 1, registered before" in back
    assert "champion is version 1; it was version 2" in back
    assert "champion is version 1, as before" in promoted(0)
    assert "load it as models:/again/2" in promoted(1, "alias=null")
    promoted(1, "alias=challenger")
    aliases = client.get_registered_model("again").aliases
    assert {alias: int(one) for alias, one in aliases.items()} == {"champion": 1, "challenger": 2}
    versions = client.search_model_versions("name = 'again'")
    assert sorted(int(one.version) for one in versions) == [1, 2]
    assert versions[0].tags["sweep"] == "again"
    assert versions[0].tags["setting"] == "loss.box=l1"


def test_a_run_of_no_sweep_is_promoted_from_its_folder(
    command: Command, client: MlflowClient, store: str
) -> None:
    run_id = record(client, {}, params={"seed": 5}, metrics={METRIC: 0.5})
    give_model(client, run_id)
    Path("mine").mkdir()
    Path("mine/run.json").write_text(f'{{"run_id": "{run_id}"}}')
    answer = command(promote.main, "run=mine", "name=single", f"tracking.uri={store}", NO_EXPORT)
    assert answer.status == 0, answer.err
    version = client.get_model_version_by_alias("single", "champion")
    assert (version.run_id, version.tags["seed"]) == (run_id, "5")
    assert version.tags["metric.value"] == "0.5"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run=best-of:nothing"], "sweep 'nothing': not in sqlite"),
        (["run=best-of:empty"], "sweep empty: nothing to promote: there is no run to compare"),
        (["run=best-of:hopeless"], "nothing to promote: no run has finished"),
        (["run=best-of:front"], "sweep front has several objectives and so no single best"),
        (["run=best-of:bare"], "holds no model: it did not finish"),
        (["run=abcdefg"], "no run 'abcdefg' in sqlite"),
        (["run=best-of:bare", "alias=v1"], "alias=v1: MLflow keeps this word"),
        (["run=best-of:bare", "alias=Latest"], "alias=Latest: MLflow keeps this word"),
        (["run=best-of:bare", "alias='a b'"], "alias='a b': an alias is made of letters"),
        (["run=best-of:bare", "name=a/b"], "name='a/b': a registered model's name has none of"),
    ],
)
def test_what_cannot_be_promoted_is_said_and_nothing_is_registered(
    command: Command, client: MlflowClient, store: str, words: list[str], message: str
) -> None:
    if not client.search_runs(["0"], "tags.`sweep.name` = 'empty'"):
        record_parent(client, "empty")
        hopeless = record_parent(client, "hopeless")
        record_job(client, hopeless, 0, "loss.box=l1", None, outcome="FAILED", status="FAILED")
        record_job(client, record_parent(client, "bare"), 0, "loss.box=l1", 0.5)
        front = record_parent(
            client, "front", **{"sweep.metric": f"{METRIC},val/ap", "sweep.mode": "max,max"}
        )
        record_job(client, front, 0, "loss.box=l1", 0.5)
    answer = command(promote.main, "name=none", f"tracking.uri={store}", *words)
    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert message in answer.err
    assert "none" not in [one.name for one in client.search_registered_models()]
