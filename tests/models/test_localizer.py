"""Every head on a small backbone: the contract, saving and loading, learning one batch."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from objloc.decoding import decode
from objloc.errors import ConfigError
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.ssd import SSD
from objloc.models.heads.yolo import Yolo
from objloc.training import LocalizationLoss
from objloc.training.metrics import MeanIoU

SIZE, CLASSES = 64, ["a", "b"]
HEADS = {
    "grid": lambda: Grid(2, width=16),
    "flatten": lambda: Regression(2, "flatten", hidden=[128]),
    "pool": lambda: Regression(2, "pool"),
    "soft_argmax": lambda: SoftArgmax(2, width=8),
    "ssd": lambda: SSD(2, strides=[8, 16], width=8),
    "yolo": lambda: Yolo(2, strides=[8, 16], width=8),
}
CANDIDATES = {"grid": 64, "ssd": 6 * (64 + 16), "yolo": 64 + 16}
WEIGHTS = {"box": 5.0, "class": 1.0, "objectness": 1.0}


def localizer(head: Head) -> Localizer:
    keras.utils.set_random_seed(0)
    return Localizer(convolutional(SIZE, [8, 16, 16, 32], [0, 0, 1, 0]), head, CLASSES, SIZE, 0.4)


def rectangles(count: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pictures with a light rectangle of one of two colours; every fourth has none."""
    rng = np.random.default_rng(0)
    images = np.zeros((count, SIZE, SIZE, 3), "uint8")
    boxes, labels = np.zeros((count, 1, 4), "float32"), np.full((count, 1), -1, "int32")
    for i in range(count):
        if i % 4 == 3:
            continue
        x1, y1 = rng.integers(0, 32, 2)
        x2, y2 = x1 + rng.integers(12, 32), y1 + rng.integers(12, 32)
        labels[i] = i % 2
        images[i, y1:y2, x1:x2, labels[i, 0]] = 255
        boxes[i, 0] = np.array([x1, y1, x2, y2]) / SIZE
    return images, {"boxes": boxes, "labels": labels}


@pytest.mark.parametrize("name", HEADS)
def test_every_head_puts_out_the_same_three_tensors(name: str) -> None:
    outputs = localizer(HEADS[name]())(rectangles(3)[0])
    candidates = CANDIDATES.get(name, 1)
    assert outputs["boxes"].shape == (3, candidates, 4)
    assert outputs["class_logits"].shape == (3, candidates, 2)
    assert outputs["objectness"].shape == (3, candidates)


@pytest.mark.parametrize("name", HEADS)
def test_a_saved_model_answers_bit_for_bit_the_same(name: str, tmp_path: Path) -> None:
    model = localizer(HEADS[name]())
    images, _ = rectangles(4)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.class_names == ("a", "b")
    assert (loaded.image_size, loaded.score_threshold) == (SIZE, 0.4)
    before, after = model(images), loaded(images)
    for key in before:
        np.testing.assert_array_equal(before[key], after[key])


@pytest.mark.parametrize("name", ["grid", "flatten", "soft_argmax"])
def test_every_head_learns_one_batch(name: str) -> None:
    model = localizer(HEADS[name]())
    images, targets = rectangles(8)
    model.compile(keras.optimizers.Adam(2e-3), LocalizationLoss(WEIGHTS), [MeanIoU("mean_iou")])
    first = model.train_on_batch(images, targets, return_dict=True)["loss"]
    for _ in range(200):
        logs = model.train_on_batch(images, targets, return_dict=True)
    assert logs["loss"] < first / 4
    # Batch statistics, as in training: the running ones lag behind after so few steps.
    found = decode(model(images, training=True), model.decoding, ops)
    present = targets["labels"][:, 0] >= 0
    np.testing.assert_array_equal(found["labels"][:, 0][present], targets["labels"][present, 0])
    np.testing.assert_allclose(
        found["boxes"][:, 0][present], targets["boxes"][present, 0], atol=0.1
    )
    assert np.min(found["scores"][:, 0][present]) > np.max(found["scores"][:, 0][~present])


def test_mixed_precision_puts_out_float32() -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = localizer(Grid(2, width=16))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert {str(tensor.dtype) for tensor in model.outputs} == {"float32"}
    assert str(model.backbone.outputs[0].dtype) == "bfloat16"


def test_bce_is_refused_where_coordinates_leave_the_unit_square() -> None:
    model = localizer(Grid(2, width=16))
    images, targets = rectangles(2)
    with pytest.raises(ConfigError, match=r"loss\.box=bce.*Grid head"):
        LocalizationLoss(WEIGHTS, box="bce")(model.head, targets, model(images))


def test_a_missing_stride_is_named() -> None:
    with pytest.raises(ConfigError, match="no feature map of stride 4; the backbone has 8, 16"):
        Grid(2, stride=4).build({"8": (None, 8, 8, 4), "16": (None, 4, 4, 4)})
