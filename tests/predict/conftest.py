"""A model that knows nothing, and the command that asks it."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from objloc import predict
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.grid import Grid
from objloc.training.save_model import save_model
from tests.conftest import Answer, Command


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with an untrained localizer in it, for letterboxed 64 × 64."""
    keras.utils.set_random_seed(1)
    localizer = Localizer(
        convolutional(64, [4, 4, 4], [0, 0, 0]),
        Grid(num_classes=3, width=8),
        ["cat", "dog", "fox"],
        64,
    )
    # Spread what it says, so that no two pictures get the same answer.
    rng = np.random.default_rng(1)
    localizer.set_weights([w + rng.normal(0, 0.2, w.shape) for w in localizer.get_weights()])
    localizer.score_threshold = 0.0
    folder = tmp_path_factory.mktemp("run")
    save_model(localizer, folder / "model.keras")
    return folder


@pytest.fixture
def run(command: Command, model: Path) -> Callable[..., Answer]:
    """`run("source=…")` runs the command with the model."""
    return lambda *words: command(
        predict.main, f"model={model}", "tracking=off", *words, program="predict.py"
    )
