"""What is logged can be read back."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from PIL import Image

from objloc.errors import TrackingError
from objloc.tracking import MlflowLogger, NoTracker, open_store
from objloc.training.run_logger import NullLogger, RunLogger


@pytest.fixture
def logger(client: MlflowClient) -> MlflowLogger:
    """Of a new run."""
    return MlflowLogger(client, client.create_run("0").info.run_id)


def read(logger: MlflowLogger, path: str) -> Path:
    """A file of the run."""
    uri = logger.client.tracking_uri
    return Path(download_artifacts(run_id=logger.run_id, artifact_path=path, tracking_uri=uri))


def test_numbers_have_their_steps(logger: MlflowLogger) -> None:
    logger.log_metrics({"val/mean_iou": 0.25, "train/loss": float("nan")}, step=1)
    logger.log_metrics({"val/mean_iou": 0.5}, step=2)
    history = logger.client.get_metric_history(logger.run_id, "val/mean_iou")
    assert [(point.step, point.value) for point in history] == [(1, 0.25), (2, 0.5)]


def test_more_than_mlflow_takes_at_once(logger: MlflowLogger) -> None:
    logger.log_params({f"p{i}": i for i in range(250)})
    logger.log_metrics({f"m{i}": i for i in range(1500)})
    logger.set_tags({f"t{i}": "x" * 9000 for i in range(3)})
    data = logger.client.get_run(logger.run_id).data
    assert (len(data.params), len(data.metrics)) == (250, 1500)
    assert len(data.tags["t2"]) == 8000


def test_pictures_texts_and_files(logger: MlflowLogger, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (7, 5, 3), dtype=np.uint8)
    logger.log_image(picture, "pictures/epoch_003.png")
    logger.log_text("größer", "report.md")
    (tmp_path / "file.bin").write_bytes(b"123")
    logger.log_file(tmp_path / "file.bin", "folder")
    stored = np.asarray(Image.open(read(logger, "pictures/epoch_003.png")))
    assert np.array_equal(stored, picture)
    assert read(logger, "report.md").read_text(encoding="utf-8") == "größer"
    assert read(logger, "folder/file.bin").read_bytes() == b"123"


def test_a_table_is_one_that_mlflow_shows(logger: MlflowLogger) -> None:
    header = ["class", "objects", "ap", "class"]
    rows = [["cat", 3, float("nan"), "x"], ["dog", None, 0.25, "größer"]]
    logger.log_table(header, [["stale", 1, 1.0, "stale"]], "tables/classes.json")
    logger.log_table(header, rows, "tables/classes.json")  # takes the earlier one's place
    table = json.loads(read(logger, "tables/classes.json").read_text(encoding="utf-8"))
    assert table == {
        "columns": ["class", "objects", "ap", "class (2)"],
        "data": [["cat", 3, None, "x"], ["dog", None, 0.25, "größer"]],
    }
    # MLflow's own reader finds it, and its page by this tag.
    tags = logger.client.get_run(logger.run_id).data.tags
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [
        {"path": "tables/classes.json", "type": "table"}
    ]


def test_config_is_kept_whole_and_flat(logger: MlflowLogger) -> None:
    config = {"seed": 0, "tracking": {"uri": "http://me:secret@host"}, "loss": {"box": "ciou"}}
    logger.log_config(config)
    assert logger.client.get_run(logger.run_id).data.params["loss.box"] == "ciou"
    text = read(logger, "config.yaml").read_text()
    assert "secret" not in text
    assert yaml.safe_load(text)["loss"] == config["loss"]


def test_dataset_is_an_input_of_the_run(logger: MlflowLogger) -> None:
    logger.log_dataset({"name": "scenes", "digest": "d" * 64, "classes": ("a", "b")})
    [given] = logger.client.get_run(logger.run_id).inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == ("scenes", "d" * 36)
    assert json.loads(given.dataset.profile) == {"classes": ["a", "b"]}
    assert [tag.value for tag in given.tags] == ["training"]


def test_runs_that_begin_at_once_share_a_dataset(client: MlflowClient, store_uri: str) -> None:
    """Each round a dataset that the store has not seen, and six runs that bring it together."""
    runs = [client.create_run("0").info.run_id for _ in range(6)]
    for round_ in range(4):
        together = threading.Barrier(len(runs))

        def bring(
            run: str, digest: str = f"{round_}", barrier: threading.Barrier = together
        ) -> None:
            logger = MlflowLogger(open_store(store_uri), run)
            barrier.wait()
            logger.log_dataset({"name": "at once", "digest": digest})

        with ThreadPoolExecutor(len(runs)) as pool:
            list(pool.map(bring, runs))
    for run in runs:
        digests = {one.dataset.digest for one in client.get_run(run).inputs.dataset_inputs}
        assert digests == {"0", "1", "2", "3"}


def test_failure_of_the_store_names_it(client: MlflowClient) -> None:
    with pytest.raises(TrackingError, match=r"mlflow\.db cannot take metrics: .*no_such_run"):
        MlflowLogger(client, "no_such_run").log_metrics({"loss": 1.0})


def test_loggers_keep_the_protocol(logger: MlflowLogger) -> None:
    assert isinstance(logger, RunLogger)
    assert isinstance(NullLogger(), RunLogger)


def test_tracking_off_takes_everything_and_keeps_nothing(tmp_path: Path) -> None:
    with NoTracker().run(name="x") as run:
        run.log_config({"a": 1})
        run.log_dataset({"name": "x"})
        run.log_params({"a": 1})
        run.log_metrics({"a": 1.0}, step=1)
        run.log_image(np.zeros((2, 2, 3), np.uint8), "a.png")
        run.log_text("a", "a.txt")
        run.log_table(["a"], [["b"]], "a.json")
        run.log_file(tmp_path / "missing")
        run.set_tags({"a": "b"})
        assert run.log_model(tmp_path / "missing.keras") is None
        assert run.run_id == ""
