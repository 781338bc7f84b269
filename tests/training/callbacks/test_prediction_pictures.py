from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from objloc.training.callbacks import PredictionPictures
from objloc.training.fit_context import FitContext
from objloc.training.run_logger import NullLogger
from tests.training import tiny_run
from tests.training.conftest import Finished


class Pictures(NullLogger):
    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, np.ndarray] = {}

    def log_image(self, image: Any, path: str) -> None:
        self.pictures[path] = image


def test_sheets_come_every_few_epochs_and_at_the_end(finished: Finished, tmp_path: Path) -> None:
    logger = Pictures()
    callback = PredictionPictures(every_epochs=2, images=6, columns=3)
    callback.attach(FitContext(tiny_run.make_dataset(), logger, tmp_path, 8, 5, 8, 0))
    callback.set_model(finished.localizer)
    for epoch in range(5):
        callback.on_epoch_end(epoch, {})
    callback.close()
    names = ["epoch_002.png", "epoch_004.png", "epoch_005.png"]
    assert list(logger.pictures) == [f"pictures/{name}" for name in names]
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == names
    sheets = list(logger.pictures.values())
    np.testing.assert_array_equal(sheets[0], sheets[1])  # the same images, the same weights
    with Image.open(tmp_path / "pictures" / names[0]) as picture:
        np.testing.assert_array_equal(np.asarray(picture), sheets[0])


def test_no_validation_images_no_sheet(tmp_path: Path) -> None:
    empty = SimpleNamespace(split=lambda name: [])
    callback = PredictionPictures(every_epochs=1)
    callback.attach(FitContext(empty, NullLogger(), tmp_path, 8, 5, 8, 0))
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.on_epoch_end(0, {})
    assert list(tmp_path.iterdir()) == []
