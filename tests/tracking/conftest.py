"""One store and one small localizer for all tests of tracking: both take seconds to make."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mlflow import MlflowClient

from objloc.tracking import open_store

if TYPE_CHECKING:
    from objloc.models import Localizer


@pytest.fixture(scope="session")
def store_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite store, complete."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    open_store(uri)
    return uri


@pytest.fixture
def client(store_uri: str) -> MlflowClient:
    """A client of the store."""
    return open_store(store_uri)


@pytest.fixture(scope="session")
def localizer() -> "Localizer":
    """Untrained, of two classes, for pictures of 64 by 64."""
    import keras

    from objloc.models import Localizer
    from objloc.models.backbones import convolutional
    from objloc.models.heads.grid import Grid

    keras.utils.set_random_seed(0)
    return Localizer(
        convolutional(64, [8, 16, 32], [0, 0, 0]),
        Grid(num_classes=2, stride=8),
        ["cat", "dog"],
        64,
        score_threshold=0.01,
    )


@pytest.fixture(scope="session")
def model_file(localizer: "Localizer", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The localizer, saved."""
    file = tmp_path_factory.mktemp("model") / "trained.keras"
    localizer.save(file)
    return file
