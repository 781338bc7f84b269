"""What is learned of a model by asking alone, against a model that is known."""

import numpy as np
import pytest

from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.maps import DRise, Occlusion
from objloc.insight.maps.agreement import ask
from objloc.insight.maps.fill import check_fill
from objloc.insight.maps.method import BlackBoxMethod
from objloc.insight.subject import Subject, best_subject
from objloc.models import KerasEngine, Localizer
from tests.insight.maps.white_finder import BOX, SIDE, blind, predictor, scene, white_scenes


def test_agreement_by_hand() -> None:
    subject = scene()
    half = subject.image.copy()
    half[:, 6:] = 0  # 8 of 16 white pixels, box (4, 6, 6, 10)
    found = ask(predictor(), [subject.image, half, np.zeros_like(half)], subject)
    np.testing.assert_allclose(found.iou, [1, 0.5, 0])
    np.testing.assert_allclose(found.score, [1, 0.5, 0])
    np.testing.assert_allclose(found.support, [1, 0.25, 0])


def test_another_class_supports_nothing_but_is_somewhere() -> None:
    other = Subject(scene().image, -1, BOX, 1, 1.0)
    found = ask(predictor(), [other.image], other)
    assert (found.iou[0], found.score[0], found.support[0]) == (1, 0, 0)


def test_a_patch_takes_the_score_that_it_hides() -> None:
    """Patches of 2 × 2 side by side: each hides 4 of 16 white pixels, or none."""
    found = Occlusion(patch=2, stride=2, fill="black", measure="score")(predictor(), scene())
    expected = np.zeros((SIDE, SIDE))
    expected[6:10, 4:8] = 0.25
    np.testing.assert_allclose(found.values, expected)


def test_overlapping_patches_are_averaged() -> None:
    """Four patches of 2 × 2, a pixel apart, hide each pixel: a corner's hide 1, 2, 2 and 4."""
    found = Occlusion(patch=2, stride=1, fill="black", measure="score")(predictor(), scene())
    assert found.values[6, 4] == pytest.approx((1 + 2 + 2 + 4) / 4 / 16)
    assert found.values[7, 5] == pytest.approx(4 / 16)
    assert found.values[5, 4] == pytest.approx((0 + 0 + 1 + 2) / 4 / 16)
    assert not found.values[:4].any()


def test_what_moves_the_box_is_told_from_what_lowers_the_score() -> None:
    """Hiding the upper half of the square halves the box; its middle is no edge."""
    subject = scene()
    by_iou = Occlusion(patch=4, stride=4, fill="black", measure="iou")(predictor(), subject)
    # Patches begin at multiples of 4: rows 4..8 hide the upper half, 8..12 the lower one.
    assert by_iou.values[7, 5] == pytest.approx(0.5)
    middle = subject.image.copy()
    middle[7:9, 5:7] = 0
    assert ask(predictor(), [middle], subject).iou[0] == 1


@pytest.mark.parametrize("fill", ["black", "mean"])
def test_hiding_the_object_loses_it_and_hiding_what_is_far_does_not(
    soft_argmax: Localizer, scenes: Scenes, fill: str
) -> None:
    asked = Predictor(KerasEngine(soft_argmax))
    ratios, lost, kept = [], [], []
    for image, box in white_scenes(scenes, 4):
        subject = best_subject(image, soft_argmax(image[None]), box)
        found = Occlusion(fill=fill)(asked, subject)
        ratios.append(found.mass_inside(box, margin=6))
        hidden = image.copy()
        x1, y1, x2, y2 = box.astype(int)
        hidden[y1:y2, x1:x2] = 0
        far = image.copy()
        far[:6, -6:] = 0 if x1 < 36 or y1 > 12 else far[:6, -6:]
        iou = ask(asked, [hidden, far], subject).iou
        lost.append(iou[0])
        kept.append(iou[1])
    assert np.mean(ratios) > {"black": 0.85, "mean": 0.7}[fill]
    assert max(lost) < 0.5
    assert min(kept) > 0.9


def test_random_masks_find_what_the_detection_needs() -> None:
    found = DRise(masks=256, cells=4, fill="black")(predictor(), scene())
    # A mask's cells are 4 px wide, and smooth: nothing is known more finely.
    assert found.mass_inside(BOX, margin=4) > 0.9
    assert found.mass_inside(BOX) > 4 * 16 / SIDE**2
    assert found.peak_inside(BOX)
    assert not found.values[:, 12:].any()


def test_random_masks_find_the_object_of_a_trained_model(
    soft_argmax: Localizer, scenes: Scenes
) -> None:
    asked = Predictor(KerasEngine(soft_argmax))
    near = []
    for image, box in white_scenes(scenes, 3):
        subject = best_subject(image, soft_argmax(image[None]), box)
        near.append(DRise(masks=256)(asked, subject).mass_inside(box, margin=4))
    assert np.mean(near) > 0.75


def test_masks_are_the_same_for_the_same_seed() -> None:
    one, again, other = (
        DRise(masks=64, seed=seed)(predictor(), scene()).values for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_a_slope_is_what_showing_a_pixel_adds() -> None:
    """A model whose score is the left half's mean: each pixel there adds its share."""

    def left_half(image: np.ndarray) -> tuple[np.ndarray, float]:
        return BOX, float(image[:, :8].mean()) / 255

    image = np.full((SIDE, SIDE, 3), 255, np.uint8)
    subject = Subject(image, -1, BOX, 0, 1.0)
    method = DRise(masks=2000, cells=2, fill="black", errors=4)
    found = method(predictor(left_half), subject)
    assert found.values[:, :4].min() > 0
    assert found.values[:, 14:].max() < 0.25 * found.values.max()
    # Each half of the left half is half of what is seen, so next to all of it is its slope's sum.
    assert 0.4 < found.values[6:10, 2:6].mean() < 1


@pytest.mark.parametrize("method", [Occlusion(), DRise(masks=64)], ids=["occlusion", "d_rise"])
def test_a_model_that_ignores_the_picture_looks_nowhere(method: BlackBoxMethod) -> None:
    found = method(predictor(blind), scene())
    assert not found.values.any()
    assert np.isnan(found.mass_inside(BOX))


def test_full_batches_of_one_shape() -> None:
    asked = predictor()
    Occlusion(patch=4, stride=4)(asked, scene())  # one whole picture and 16 with a patch
    assert asked.engine.asked == 8 + 16


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Occlusion(patch=4, stride=5), "occlusion: stride=5 steps over pixels"),
        (
            lambda: check_fill("occlusion: fill", "grey"),
            "occlusion: fill=grey: it is one of black, white",
        ),
        (lambda: DRise(shown=1.0), "d_rise: shown=1.0: it must lie between"),
        (lambda: DRise(masks=1), "d_rise: masks=1 must be at least 2"),
    ],
)
def test_keys_without_a_meaning_are_refused(make, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()
