"""Box geometry against hand-computed values, invariants, rasterised boxes and keras.ops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objloc import boxes

UNIT = np.array([0.0, 0.0, 1.0, 1.0])


def box_strategy() -> st.SearchStrategy[np.ndarray]:
    corner = st.integers(0, 15)
    length = st.integers(1, 16)
    return st.tuples(corner, corner, length, length).map(
        lambda t: np.array([t[0], t[1], t[0] + t[2], t[1] + t[3]], dtype="float64")
    )


def pixels(box: np.ndarray) -> np.ndarray:
    """The box as a mask over 32 × 32 pixels: an oracle that knows no formula."""
    mask = np.zeros((32, 32), dtype=bool)
    x1, y1, x2, y2 = box.astype(int)
    mask[y1:y2, x1:x2] = True
    return mask


@given(box_strategy(), box_strategy())
def test_iou_counts_shared_pixels(a: np.ndarray, b: np.ndarray) -> None:
    in_a, in_b = pixels(a), pixels(b)
    assert boxes.intersection(a, b) == (in_a & in_b).sum()
    assert boxes.iou(a, b) == pytest.approx((in_a & in_b).sum() / (in_a | in_b).sum())


@given(box_strategy(), box_strategy())
def test_giou_lies_between_iou_and_minus_one(a: np.ndarray, b: np.ndarray) -> None:
    assert -1 <= boxes.giou(a, b) <= boxes.iou(a, b) + 1e-9
    assert boxes.ciou(a, b) <= boxes.iou(a, b) + 1e-9
    assert boxes.giou(a, b) == pytest.approx(boxes.giou(b, a))


@pytest.mark.parametrize(
    ("a", "b", "iou", "giou"),
    [
        ([0, 0, 2, 2], [1, 1, 3, 3], 1 / 7, 1 / 7 - 2 / 9),
        ([0, 0, 2, 2], [0, 0, 2, 2], 1.0, 1.0),
        ([0, 0, 1, 1], [2, 0, 3, 1], 0.0, -1 / 3),
        ([0, 0, 4, 4], [1, 1, 2, 2], 1 / 16, 1 / 16),
        ([3, 3, 1, 1], [0, 0, 4, 4], 0.0, 0.0),  # inverted: no area, whatever it lies in
    ],
)
def test_values_by_hand(a: list[float], b: list[float], iou: float, giou: float) -> None:
    assert boxes.iou(np.array(a, "float64"), np.array(b, "float64")) == pytest.approx(iou)
    if boxes.area(np.array(a)) > 0:
        assert boxes.giou(np.array(a, "float64"), np.array(b, "float64")) == pytest.approx(giou)


def test_ciou_by_hand() -> None:
    wide = np.array([0.0, 0.0, 4.0, 2.0])
    square = np.array([1.0, 0.0, 3.0, 2.0])
    aspect = 4 / math.pi**2 * (math.atan(1) - math.atan(2)) ** 2
    # Same centre: only overlap (4 of 8) and aspect count.
    assert boxes.ciou(wide, square) == pytest.approx(0.5 - aspect**2 / (0.5 + aspect))
    shifted = UNIT + np.array([2.0, 0.0, 2.0, 0.0])
    # Same shape, centres 2 apart, the box around both has a squared diagonal of 10.
    assert boxes.ciou(UNIT, shifted) == pytest.approx(-4 / 10)


def test_boxes_without_area_have_no_iou() -> None:
    point = np.array([0.5, 0.5, 0.5, 0.5])
    assert boxes.iou(point, point) == 0
    assert np.isfinite(boxes.ciou(point, UNIT))
    assert np.isfinite(boxes.giou(point, point))


@given(box_strategy())
def test_conversion_returns(box: np.ndarray) -> None:
    np.testing.assert_allclose(boxes.cxcywh_to_xyxy(boxes.xyxy_to_cxcywh(box)), box)


def test_clip_cuts_to_the_picture() -> None:
    np.testing.assert_array_equal(
        boxes.clip(np.array([[-3.0, 2.0, 12.0, 9.0]]), 10, 8), [[0.0, 2.0, 10.0, 8.0]]
    )


def test_matrix_holds_every_pair() -> None:
    rng = np.random.default_rng(0)
    a, b = (np.sort(rng.random((n, 2, 2)), axis=1).reshape(n, 4) for n in (3, 5))
    matrix = boxes.iou_matrix(a, b)
    assert matrix.shape == (3, 5)
    for i in range(3):
        for j in range(5):
            assert matrix[i, j] == boxes.iou(a[i], b[j])


@pytest.mark.parametrize("function", [boxes.iou, boxes.giou, boxes.ciou, boxes.intersection])
def test_keras_gives_the_same(function: object) -> None:
    from keras import ops

    rng = np.random.default_rng(1)
    a, b = (np.sort(rng.random((50, 2, 2)), axis=1).reshape(50, 4).astype("float32") for _ in "ab")
    np.testing.assert_allclose(
        ops.convert_to_numpy(function(ops.array(a), ops.array(b), xp=ops)),
        function(a, b),
        atol=2e-6,
    )
