"""Answers that no model gave, for tests of the files that hold them."""

from pathlib import Path

import numpy as np

from objloc.data.resize import Resize
from objloc.evaluation.detections import Detections
from objloc.evaluation.predicted import Facts, PredictedPicture, ReadyPicture

CLASSES = ("cat", 'the "dog" & <co>', "Tüte")

NAMES = (
    *("a.jpg", "a.png", "sub/A (1).JPG", "sub/100% & more.jpg", "sub/deep/c+d #2.webp"),
    *("caf\udce9.jpg", "tab\there.png", "näh.jpg"),
)
"""Names that files can have and formats trip over."""


def facts(root: Path | None = None) -> Facts:
    return Facts("models:/finder@champion", "4f2a", CLASSES, 0.25, "/data/my photos", root)


def answers(seed: int = 0) -> list[PredictedPicture]:
    """A picture for each name, with 0 to 4 detections; some touch the edges."""
    rng = np.random.default_rng(seed)
    pictures = []
    for number, name in enumerate(NAMES):
        size = (int(rng.integers(20, 400)), int(rng.integers(20, 400)))
        count = number % 5
        sides = np.array([size[1], size[0]])
        corners = np.sort(rng.random((count, 2, 2)), axis=1) * sides
        if count > 2:
            corners[0, 1] = sides
            corners[1, 0] = 0
        found = Detections(
            corners.reshape(count, 4).astype(np.float32),
            rng.integers(0, len(CLASSES), count).astype(np.int32),
            -np.sort(-rng.random(count)).astype(np.float32),
        )
        pictures.append(picture(name, size, found, number))
    return pictures


def picture(
    name: str,
    size: tuple[int, int],
    found: Detections,
    number: int = 0,
    *,
    shown: tuple[int, int] | None = None,
    frame: int | None = None,
) -> PredictedPicture:
    """A black picture, shown at the size `shown`."""
    ready = ReadyPicture(
        name=name,
        frame=frame,
        seconds=None if frame is None else frame / 20,
        size=size,
        pixels=np.zeros((8, 8, 3), np.uint8),
        transform=Resize(),
        shown=np.zeros((*(shown or size), 3), np.uint8),
    )
    return PredictedPicture(ready, number, found)
