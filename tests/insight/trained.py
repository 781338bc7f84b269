"""Small models that really know where a white rectangle is, trained in seconds."""

from pathlib import Path

import keras

from objloc.data import Dataset
from objloc.data.scenes import Scenes
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads import Head
from objloc.training import LocalizationLoss, fit, prepare

SIDE = 48
"""Of the scenes, in pixels."""

_BATCH, _EPOCHS, _SCENES = 32, 2, 3200


def white_boxes() -> Scenes:
    """White rectangles on black, sides of 6 to 24 px."""
    return Scenes(
        sprites="rectangles",
        background="black",
        image_size=SIDE,
        min_size=6,
        max_size=SIDE // 2,
        train_size=_SCENES,
        val_size=200,
        test_size=200,
    )


def trained(head: Head, dataset: Dataset, run_dir: Path) -> Localizer:
    """A localizer with this head, trained on the dataset."""
    prepare(seed=0, precision="float32", threads=None, deterministic=True)
    backbone = convolutional(SIDE, [8, 16, 24, 32], [0, 0, 0, 0])
    localizer = Localizer(backbone, head, dataset.class_names, SIDE)
    steps = _EPOCHS * (_SCENES // _BATCH)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, steps))
    localizer.compile(optimizer, LocalizationLoss({"box": 5, "class": 1, "objectness": 1}))
    fit(
        localizer,
        dataset,
        batch_size=_BATCH,
        epochs=_EPOCHS,
        run_dir=run_dir,
        workers=0,
        seed=0,
    )
    return localizer
