"""A training on two devices is the training on one."""

import json
import logging
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objloc.data import Scenes
from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.models import KerasEngine, Localizer
from objloc.training.checkpoint import read_state
from objloc.training.strategy import Strategy
from tests.conftest import REPOSITORY
from tests.training import tiny_run


@dataclass(frozen=True)
class Runs:
    """What `mirrored_run` left."""

    folder: Path
    report: dict[str, Any]

    def variables(self, name: str) -> list[np.ndarray]:
        with np.load(self.folder / f"{name}.npz") as arrays:
            return [arrays[key] for key in arrays.files]

    def metrics(self, name: str) -> list[dict[str, float]]:
        return [
            {key: value for key, value in epoch.items() if key != "images_per_second"}
            for epoch in self.report[name]
        ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("mirrored")
    child = subprocess.run(
        [sys.executable, "-m", "tests.training.mirrored_run", str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == 0, child.stderr
    return Runs(folder, json.loads((folder / "report.json").read_text()))


@pytest.mark.slow
def test_two_devices_learn_what_one_does(runs: Runs) -> None:
    # Weights, batch statistics, momenta and averages: rounding alone is between them.
    for one, two in zip(runs.variables("single"), runs.variables("mirrored"), strict=True):
        np.testing.assert_allclose(two, one, rtol=1e-5, atol=1e-5 * np.abs(one).max())
    for one, two in zip(runs.metrics("single"), runs.metrics("mirrored"), strict=True):
        assert two == pytest.approx(one, rel=1e-5)


@pytest.mark.slow
def test_a_resumed_run_on_two_devices_is_the_same_bit_for_bit(runs: Runs) -> None:
    for whole, resumed in zip(runs.variables("mirrored"), runs.variables("resumed"), strict=True):
        np.testing.assert_array_equal(resumed, whole)
    # The means over the epoch that was cut are added up otherwise. It was not validated again.
    *_, whole = runs.metrics("mirrored")
    *_, resumed = runs.metrics("resumed")
    assert resumed == pytest.approx({name: whole[name] for name in resumed}, rel=1e-6)


@pytest.mark.slow
def test_the_saved_model_knows_nothing_of_devices_and_answers_alike(runs: Runs) -> None:
    import keras

    file = runs.folder / "mirrored.keras"
    config = zipfile.ZipFile(file).read("config.json").decode()
    assert '"synchronized": false' in config
    assert '"synchronized": true' not in config
    localizer = keras.saving.load_model(file)
    assert isinstance(localizer, Localizer)
    test = tiny_run.make_dataset().split("test")
    found = Predictor(KerasEngine(localizer)).predict_images(
        [test.sample(0, i).image for i in range(4)]
    )
    with np.load(runs.folder / "found.npz") as arrays:
        for one, key in zip(found, arrays.files, strict=True):
            np.testing.assert_allclose(one.boxes, arrays[key], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sums", "mined", "unaware"])
def test_shares_have_the_gradient_of_the_whole_batch(runs: Runs, name: str) -> None:
    assert runs.report["losses"][name] < 1e-5


@pytest.mark.slow
def test_what_cannot_be_is_said(runs: Runs) -> None:
    assert "batch_size=7 cannot be shared by 2 devices" in runs.report["odd_batch"]
    assert "such as 8" in runs.report["odd_batch"]
    assert read_state(runs.folder / "stopped.npz")["fixed"]["devices"] == 2
    assert "SGD clips each device's gradient" in runs.report["clipped_by_keras"]


def test_one_device_trains_as_with_none(caplog: pytest.LogCaptureFixture) -> None:
    strategy = Strategy("mirrored")
    with caplog.at_level(logging.WARNING), strategy.scope():
        localizer = tiny_run.make_localizer(Scenes(sprites="creatures").class_names)
    assert "one device" in caplog.text
    assert strategy.devices == Strategy.of(localizer).devices == 1
    strategy.check(batch_size=7)


def test_several_machines_are_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError, match=r"multi_worker: Keras 3 cannot .* Choose .*mirrored"):
        Strategy("multi_worker")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="none, mirrored, multi_worker"):
        Strategy("mirored")
