"""Every head, as its option builds it, learns a batch by heart."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from objloc.config import config_folder
from objloc.config.build import build
from objloc.data.resize import Resize
from objloc.data.truth import Truth
from objloc.decoding import Decoding
from objloc.evaluation.coco_evaluation import average_precision
from objloc.evaluation.predictor import Predictor
from objloc.models import KerasEngine, Localizer, heads
from objloc.models.backbones import convolutional
from objloc.training import LocalizationLoss, WarmupSchedule

SIZE, CLASSES, IMAGES, STEPS = 96, ("a", "b"), 8, 400
OPTIONS = sorted(
    file.stem
    for file in (Path(config_folder()) / "head").glob("*.yaml")
    if (Path(heads.__file__).parent / f"{file.stem}.py").is_file()
)
WEIGHTS = {"box": 5.0, "class": 1.0, "objectness": 1.0}


def pictures(most: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pictures of 1 to ``most`` rectangles in two colours on noise, apart from each other."""
    rng = np.random.default_rng(0)
    images = rng.integers(90, 120, (IMAGES, SIZE, SIZE, 3)).astype(np.uint8)
    boxes = np.zeros((IMAGES, most, 4), np.float32)
    labels = np.full((IMAGES, most), -1, np.int32)
    for row in range(IMAGES):
        for place in range(1 + row % most):
            width, height = rng.integers(26, 44, 2)
            # A quarter of the picture each.
            left = 48 * (place % 2) + rng.integers(0, 48 - width)
            top = 48 * (place // 2) + rng.integers(0, 48 - height)
            label = rng.integers(2)
            images[row, top : top + height, left : left + width] = [(240, 40, 40), (40, 40, 240)][
                label
            ]
            boxes[row, place] = np.array([left, top, left + width, top + height]) / SIZE
            labels[row, place] = label
    return images, {"boxes": boxes, "labels": labels}


def truths(targets: dict[str, np.ndarray]) -> list[Truth]:
    answer = []
    for row in range(IMAGES):
        real = targets["labels"][row] >= 0
        boxes = targets["boxes"][row][real] * SIZE
        sides = boxes[:, 2:] - boxes[:, :2]
        answer.append(
            Truth(
                image_id=row,
                size=(SIZE, SIZE),
                boxes=boxes,
                labels=targets["labels"][row][real],
                ignore=np.zeros(len(boxes), bool),
                area=sides[:, 0] * sides[:, 1],
                transform=Resize(),
            )
        )
    return answer


def localizer(option: str) -> Localizer:
    keras.utils.set_random_seed(0)
    targets = pictures(4)[1]
    node: Any = OmegaConf.load(Path(config_folder()) / "head" / f"{option}.yaml")
    head = build(node, num_classes=len(CLASSES))
    head.adapt(lambda: targets["boxes"][targets["labels"] >= 0])
    model = Localizer(
        convolutional(SIZE, [16, 32, 48, 64, 64], [0, 0, 0, 0, 0]),
        head,
        CLASSES,
        SIZE,
    )
    rate = WarmupSchedule(2e-3, STEPS, warmup_steps=50)
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=10.0)
    model.compile(optimizer, LocalizationLoss(WEIGHTS))
    return model


@pytest.mark.slow
@pytest.mark.parametrize("option", OPTIONS)
def test_every_head_learns_a_batch_by_heart(option: str) -> None:
    model = localizer(option)
    most = 1 if model.output["boxes"].shape[1] == 1 else 4
    model.decoding = Decoding().for_objects(most)
    images, targets = pictures(most)
    for _ in range(STEPS):
        model.train_on_batch(images, targets)
    found = Predictor(KerasEngine(model)).predict_batch(
        images, [Resize()] * IMAGES, [(SIZE, SIZE)] * IMAGES
    )
    precision = average_precision(found, truths(targets), len(CLASSES))
    assert precision.ap >= 0.99


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("size", [144, 200])
def test_maps_that_were_halved_by_rounding_down_fit(option: str, size: int) -> None:
    # VGG pools 9 cells to 4, and 25 to 12; a convolution would make 5 and 13 of them.
    head = build(OmegaConf.load(Path(config_folder()) / "head" / f"{option}.yaml"), num_classes=2)
    strides = {str(2**power): size // 2**power for power in range(1, 6)}
    shapes = {stride: (None, cells, cells, 4) for stride, cells in strides.items()}
    head.build(shapes)
    answer = head({stride: np.ones((1, *shape[1:]), "float32") for stride, shape in shapes.items()})
    count = answer["boxes"].shape[1]
    assert answer["class_logits"].shape == (1, count, 2)
    assert answer["objectness"].shape == (1, count)
