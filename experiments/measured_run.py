"""What the studies keep of every training, read from what it left behind."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from experiments.machine import Machine

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class MeasuredRun:
    """One training and what came of it; a study's record adds what was trained.

    Attributes:
        test: metric of the test split → value; each study keeps those it shows.
        images_per_second: of training steps, the median over epochs.
        minutes: from the start of the process to its end.
        epochs: trained, early stopping considered.
        parameters: numbers that the model is made of.
        date: day of the training, ISO 8601.
        machine: what it ran on.
    """

    test: dict[str, float]
    images_per_second: float
    minutes: float
    epochs: int
    parameters: int
    date: str
    machine: Machine


def of_report(folder: Path, report: dict[str, Any]) -> dict[str, Any]:
    """The fields of `MeasuredRun` that the folder of a finished run holds, but for `test`."""
    return {
        "images_per_second": report["train"]["images_per_second"],
        "epochs": report["epochs"],
        "parameters": count_parameters(folder / "model.keras"),
    }


def read_report(folder: Path) -> dict[str, Any]:
    """The report of a finished run."""
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def count_parameters(model_file: Path) -> int:
    """Numbers stored in a saved Keras model, batch normalisation's included, seeds not."""
    with zipfile.ZipFile(model_file) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    sizes = []
    with h5py.File(weights) as file:

        def visit(name: str, entry: h5py.Dataset | h5py.Group) -> None:
            if isinstance(entry, h5py.Dataset) and "seed_generator" not in name:
                sizes.append(entry.size)

        file.visititems(visit)
    return sum(sizes)
