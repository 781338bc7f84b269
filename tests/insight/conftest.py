"""Models that were trained on white rectangles, and a scene that tests look at."""

import numpy as np
import pytest

from objloc.data import Sample
from objloc.data.scenes import Scenes
from objloc.models import Localizer
from objloc.models.heads.grid import Grid
from objloc.models.heads.soft_argmax import SoftArgmax
from tests.insight.trained import trained, white_boxes


@pytest.fixture(scope="session")
def scenes() -> Scenes:
    """White rectangles on black."""
    return white_boxes()


@pytest.fixture(scope="session")
def soft_argmax(scenes: Scenes, tmp_path_factory: pytest.TempPathFactory) -> Localizer:
    """Trained on `scenes`: test mean IoU about .91."""
    head = SoftArgmax(1, stride=4, width=16, look_stride=16, look_width=16)
    return trained(head, scenes, tmp_path_factory.mktemp("soft_argmax"))


@pytest.fixture(scope="session")
def grid(scenes: Scenes, tmp_path_factory: pytest.TempPathFactory) -> Localizer:
    """Trained on `scenes`: test mean IoU about .84."""
    return trained(Grid(1, stride=8, width=24), scenes, tmp_path_factory.mktemp("grid"))


@pytest.fixture
def samples(scenes: Scenes) -> list[Sample]:
    """The first scenes of the test split."""
    source = scenes.split("test")
    return [source.sample(0, index) for index in range(8)]


def as_fed(sample: Sample) -> np.ndarray:
    """The picture as a batch of one, uint8 (1, S, S, 3)."""
    return sample.image[None]
