"""Which candidate is explained."""

import numpy as np
import pytest

from objloc.data import Sample
from objloc.insight.gradients import feature_gradients, input_gradients
from objloc.insight.subject import QUANTITIES, Quantity, best_subject
from objloc.models import Localizer

IMAGE = np.zeros((10, 10, 3), np.uint8)
OUTPUTS = {
    "boxes": np.array([[[0, 0, 0.4, 0.4], [0.5, 0.5, 1, 1], [0.5, 0.5, 0.9, 1]]], np.float32),
    "class_logits": np.array([[[9, -9], [-9, 9], [-9, 9]]], np.float32),
    "objectness": np.array([[2.0, 1.0, 0.5]], np.float32),
}


def test_without_a_place_the_best_score_is_explained() -> None:
    subject = best_subject(IMAGE, OUTPUTS)
    assert (subject.candidate, subject.label) == (0, 0)
    np.testing.assert_allclose(subject.box, [0, 0, 4, 4])
    assert subject.score == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-6)


def test_near_a_box_the_best_of_those_that_touch_it_is_explained() -> None:
    near = np.array([5, 5, 10, 10], np.float32)
    # .731 × 1 against .622 × .8; the first, with the best score, doesn't touch.
    assert best_subject(IMAGE, OUTPUTS, near).candidate == 1


def test_where_none_touches_the_best_score_is_explained() -> None:
    near = np.array([4.2, 0, 4.8, 1], np.float32)
    assert best_subject(IMAGE, OUTPUTS, near).candidate == 0


@pytest.mark.parametrize("near", [None, np.array([0, 0, 4, 4], np.float32)])
def test_what_is_no_number_is_not_the_best(near: np.ndarray | None) -> None:
    broken = {**OUTPUTS, "objectness": np.array([[np.nan, 1.0, 0.5]], np.float32)}
    assert best_subject(IMAGE, broken, near).candidate == 1


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_gradients_tell_what_a_small_step_does(
    grid: Localizer, samples: list[Sample], quantity: Quantity
) -> None:
    image = samples[0].image
    subject = best_subject(image, grid(image[None]))
    pixels = np.clip(image[None].astype(np.float32), 20, 200)
    [before], gradient = input_gradients(grid, pixels, quantity, subject.candidate, 0)
    step = 0.05 * np.sign(gradient)
    [after], _ = input_gradients(grid, pixels + step, quantity, subject.candidate, 0)
    assert after - before == pytest.approx(float((gradient * step).sum()), rel=0.2)
    assert after > before


def test_every_map_of_the_backbone_has_its_gradient(grid: Localizer, samples: list[Sample]) -> None:
    image = samples[0].image[None].astype(np.float32)
    found = feature_gradients(grid, image, "objectness", 3, 0)
    assert list(found) == [2, 4, 8, 16]
    for stride, [one] in found.items():
        assert one.activation.shape == one.gradient.shape
        assert one.activation.shape[:2] == (48 // stride, 48 // stride)
    # The pyramid reads a finer map beside the grid's own, but none below that.
    used = [bool(np.any(one.gradient)) for [one] in found.values()]
    assert used == [False, True, True, True]
