"""Pictures to make datasets of."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_noise(tmp_path: Path) -> Callable[..., Path]:
    """Writes a picture of random pixels below tmp_path; the same seed makes the same file."""

    def write(name: str, seed: int = 0, size: tuple[int, int] = (24, 32)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write
