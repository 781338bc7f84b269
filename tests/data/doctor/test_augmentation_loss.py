"""What augmentation loses: counts that can be worked out by hand."""

from collections.abc import Callable
from pathlib import Path

import albumentations
import numpy as np
import pytest

from objloc.data import Augmentation, BatchForm
from objloc.data.doctor.augmentation_loss import AugmentationLoss, augmentation_loss
from objloc.data.files import Annotations
from tests.data.doctor.labelled_sets import HEIGHT, WIDTH, picture, save, table

FORM = BatchForm(WIDTH, 4)


@pytest.fixture
def halves(tmp_path: Path) -> Annotations:
    """Four pictures with a small "cat" on the left and a large "dog" on the right."""
    for number in range(4):
        save(tmp_path / f"{number}.jpg", picture(number))
    boxes = [[(10, 10, 20, 20), (90, 20, 150, 110)]] * 4
    labels = np.tile(np.array([0, 1], np.int32), 4)
    return table(tmp_path, boxes, labels=labels, class_names=("cat", "dog"))


@pytest.fixture
def lose(halves: Annotations) -> Callable[..., AugmentationLoss]:
    def call(*transforms: object, usable: np.ndarray | None = None) -> AugmentationLoss:
        return augmentation_loss(
            halves,
            range(4),
            np.ones(8, bool) if usable is None else usable,
            Augmentation(picture=transforms),
            FORM,
            seed=0,
            epochs=2,
        )

    return call


def test_a_flip_loses_nothing(lose: Callable[..., AugmentationLoss], halves: Annotations) -> None:
    loss = lose(albumentations.HorizontalFlip(p=0.5))
    assert (loss.pictures, loss.tried, loss.lost) == (4, 16, 0)
    assert loss.finding(halves) is None


def test_a_crop_of_the_right_half_loses_the_left(
    lose: Callable[..., AugmentationLoss], halves: Annotations
) -> None:
    loss = lose(albumentations.Crop(x_min=WIDTH // 2, y_min=0, x_max=WIDTH, y_max=HEIGHT, p=1))
    assert loss.by_class == {"cat": (8, 8), "dog": (8, 0)}
    # √(10 · 10) = 10 px, √(60 · 90) = 73 px.
    assert loss.by_size == {"under 16 px": (8, 8), "over 64 px": (8, 0)}
    finding = loss.finding(halves)
    assert finding is not None
    assert (finding.kind, finding.severity) == ("object_lost", "warning")
    assert "50.0%" in finding.message
    assert "cat 100.0%" in finding.message
    assert "8 of 16" in finding.message
    assert set(finding.files) == {f"{number}.jpg" for number in range(4)}


def test_faulty_and_ignored_objects_and_unreadable_pictures_are_not_tried(
    lose: Callable[..., AugmentationLoss], halves: Annotations
) -> None:
    usable = np.ones(8, bool)
    usable[0] = False
    halves.ignore[3] = True
    halves.path(2).write_bytes(b"no picture")
    loss = lose(albumentations.HorizontalFlip(p=0.5), usable=usable)
    assert loss.pictures == 3
    assert loss.by_class == {"cat": (4, 0), "dog": (4, 0)}
