"""Every head can be looked at while it learns, on pictures with several objects and with none."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from objloc.config import config_folder
from objloc.config.build import build
from objloc.data import Scenes
from objloc.errors import TrainingError
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.training import LocalizationLoss
from objloc.training.learning_measurer import LearningMeasurer

SIDE, HEADS = 64, ["grid", "regression", "soft_argmax", "ssd", "yolo"]
SINGLE = ("regression", "soft_argmax")


def measured(head: str, film_pictures: int = 3, absent: float = 0.3) -> LearningMeasurer:
    dataset = Scenes(
        sprites="creatures",
        background="black",
        image_size=SIDE,
        min_size=10,
        max_size=24,
        absent=absent,
        max_objects=1 if head in SINGLE else 3,
        train_size=16,
        val_size=8,
        test_size=1,
    )
    option = OmegaConf.load(Path(config_folder()) / "head" / f"{head}.yaml")
    made = build(option, num_classes=len(dataset.class_names))
    backbone = convolutional(SIDE, [4, 8, 8, 8, 8], [0] * 5)
    localizer = Localizer(backbone, made, dataset.class_names, SIDE)
    loss = LocalizationLoss({"box": 5, "class": 1, "objectness": 1}, label_smoothing=0.1)
    localizer.compile(keras.optimizers.SGD(0.01), loss)
    return LearningMeasurer(localizer, dataset, 8, 4, film_pictures, batch_size=5)


@pytest.mark.parametrize("head", HEADS)
def test_no_loss_is_below_its_floor_and_every_layer_has_a_gradient(head: str) -> None:
    asked = measured(head)
    before = [np.copy(value) for value in asked.localizer.get_weights()]
    train, products = asked.train_gradients()
    val, ious, frame = asked.validation(step=3)
    setting = asked.setting(epochs=1, steps_per_epoch=2)
    for found in (train, val):
        assert np.isfinite(found.losses).all()
        assert (found.losses >= found.floors - 1e-6).all()
        assert found.floors[1] > 0.2  # smoothed labels
    lengths = np.sqrt(products.sum(axis=(1, 2)))
    # Of what coarse levels say, nothing need count: ssd's are no hard negatives for small objects.
    certain = np.array([head != "ssd" or not re.search("16|32", one) for one in asked.layers])
    assert (lengths[certain] > 0).all(), np.array(asked.layers)[lengths == 0]
    # What all share comes first, and nothing but the backbone.
    assert setting.on_backbone[0]
    assert setting.on_backbone.sum() == 5
    assert setting.layer_sizes.sum() == sum(
        int(np.prod(v.shape)) for v in asked.localizer.trainable_variables
    )
    assert len(ious) == sum(len(truth.labels) for truth in asked.val_batch.truths)
    # At least one detection a picture, in pixels of it; the first picture without an object, too.
    assert set(frame.picture) == {0, 1, 2}
    assert np.isnan(frame.ious).sum() == 1
    assert frame.boxes.max() <= SIDE
    for value, wanted in zip(asked.localizer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, wanted)


def test_where_no_picture_has_an_object_the_film_shows_one_without() -> None:
    asked = measured("regression", film_pictures=1, absent=1.0)
    setting, frame = asked.setting(epochs=1, steps_per_epoch=2), asked.glance(step=0)
    assert (len(setting.pictures), len(setting.truth_boxes)) == (1, 0)
    assert np.isnan(frame.ious).tolist() == [True]


def test_another_loss_is_refused_by_name() -> None:
    asked = measured("regression")
    asked.localizer.loss_function = lambda *_: {}
    with pytest.raises(TrainingError, match=r"not of function.*~callbacks\.learning_record"):
        LearningMeasurer(asked.localizer, None, 1, 1, 1, 1)
