import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from experiments.ladder.train_run import read_run
from tests.experiments.records import MACHINE


def test_a_runs_files_become_a_record(tmp_path: Path) -> None:
    report = {
        "epochs": 3,
        "train": {"images_per_second": 100.0},
        "test": {"mean_iou": 0.9, "ap": 0.8, "baselines": {}},
    }
    trainer = {"batch_size": 64, "eval_batch_size": 64, "limit_steps": None, "limit_val_steps": 2}
    config = {
        "trainer": trainer,
        "dataset": {"train_size": 1000, "test_size": 2000, "image_size": 128},
    }
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/a/vars/0"] = np.zeros((3, 3))
        file["layers/a/seed_generator/vars/0"] = np.zeros(2)
    (tmp_path / "report.json").write_text(json.dumps(report))
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("model.weights.h5", weights.getvalue())

    record = read_run(
        tmp_path,
        experiment="emoji",
        seed=1,
        overrides=(),
        minutes=2.0,
        date="2026-01-02",
        machine=MACHINE,
    )
    assert record.test == {"mean_iou": 0.9, "ap": 0.8}
    # 15 whole batches of 64 in 1,000 scenes, three times.
    assert record.scenes == 2880
    assert record.training_minutes == pytest.approx(0.48)
    assert record.test_scenes == 128
    assert record.parameters == 9
