import time
from pathlib import Path

import numpy as np
import pytest

from objloc.data.files.box_check import (
    EMPTY,
    FINE,
    INVERTED,
    NOT_A_NUMBER,
    OUTSIDE,
    WHOLLY_OUTSIDE,
    box_findings,
    check_boxes,
    clipped,
    survives_clipping,
)
from tests.data.files.labels import Picture, table

NAN, INF = float("nan"), float("inf")
SIZE = (50, 100)  # height, width

CASES = [
    ((0, 0, 100, 50), FINE),
    ((10, 10, 10.001, 11), FINE),
    ((-1, -1, 101, 51), FINE),  # rounding, up to a pixel
    ((-1.01, 0, 10, 10), OUTSIDE),
    ((0, -1.01, 10, 10), OUTSIDE),
    ((0, 0, 101.01, 10), OUTSIDE),
    ((0, 0, 10, 51.01), OUTSIDE),
    ((-5000, 0, 10, 10), OUTSIDE),
    ((100, 10, 101, 20), WHOLLY_OUTSIDE),  # a pixel, but nothing of it is inside
    ((10, 50, 20, 50.5), WHOLLY_OUTSIDE),
    ((-1, 10, 0, 20), WHOLLY_OUTSIDE),
    ((10, -30, 20, -3), WHOLLY_OUTSIDE),
    ((10, 10, 10, 20), EMPTY),
    ((10, 20, 30, 20), EMPTY),
    ((500, 20, 500, 30), EMPTY),
    ((20, 10, 10, 20), INVERTED),
    ((10, 20, 20, 10), INVERTED),
    ((10, 20, 10, 10), INVERTED),
    ((300, 10, 200, 20), INVERTED),
    ((NAN, 0, 10, 10), NOT_A_NUMBER),
    ((20, 0, 10, NAN), NOT_A_NUMBER),
    ((0, 0, INF, 10), NOT_A_NUMBER),
    ((-INF, 0, 5, 10), NOT_A_NUMBER),
]


def codes_of(boxes: list, sizes: list) -> list[int]:
    return check_boxes(np.array(boxes, float), np.array(sizes, np.int32)).tolist()


@pytest.mark.parametrize(("box", "code"), CASES)
def test_each_fault_is_told_from_the_others(box: tuple, code: int):
    assert codes_of([box], [SIZE]) == [code]


def test_boxes_are_judged_by_their_own_pictures():
    boxes = [box for box, _ in CASES]
    # The one of 5,000 px is the larger one's.
    codes = codes_of([*boxes, (0, 0, 4000, 10)], [SIZE] * len(boxes) + [(10, 4000)])
    assert codes == [code for _, code in CASES] + [FINE]


def test_where_the_size_is_unknown_nothing_is_outside():
    assert codes_of([(-50, 0, 9000, 10), (5, 5, 5, 9)], [(0, 0), (0, 0)]) == [FINE, EMPTY]


def test_what_survives_clipping_has_an_area_inside():
    rng = np.random.default_rng(0)
    boxes = rng.normal(40, 60, (4000, 4))
    sizes = np.array([SIZE] * 4000, np.int32)
    codes = check_boxes(boxes, sizes)
    assert {FINE, INVERTED, OUTSIDE, WHOLLY_OUTSIDE} <= set(codes.tolist())
    kept = survives_clipping(codes)
    inside = clipped(boxes, sizes)
    assert (inside >= 0).all()
    assert (inside[:, [0, 2]] <= 100).all()
    assert (inside[:, [1, 3]] <= 50).all()
    positive = (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
    assert (kept == positive).all()


def test_clipping_leaves_alone_what_is_inside_or_of_unknown_size():
    boxes = np.array([[3.25, 4.5, 90, 50], [-20, 3, 7000, 9], [-20, 3, 7000, 9]])
    sizes = np.array([SIZE, (0, 0), SIZE], np.int32)
    assert clipped(boxes, sizes).tolist() == [
        [3.25, 4.5, 90, 50],
        [-20, 3, 7000, 9],
        [0, 3, 100, 9],
    ]


def test_findings_name_file_line_numbers_and_the_way_out():
    labels = table(
        Path("/nowhere"),
        [
            Picture("a.jpg", [("cat", (0, 0, 5, 5))]),
            Picture("b.jpg", [("cat", (0, 0, 5, 5)), ("dog", (8, 2, 5, 9))]),
            Picture("c.jpg", [("dog", (90, 2, 130.5, 9)), ("dog", (110, 2, 130, 9))]),
        ],
    )
    sizes = np.array([SIZE] * 3, np.int32)
    codes = check_boxes(labels.boxes, sizes[labels.image_of_object()])
    findings = box_findings(labels, codes, sizes)
    assert [finding.kind for finding in findings] == ["box_inverted", "box_outside", "box_outside"]
    assert {finding.severity for finding in findings} == {"error"}
    assert [str(finding) for finding in findings] == [
        "b.jpg.txt: line 2: dog in b.jpg: box (8, 2, 5, 9) is inside out: -3 wide and 7 high; "
        "fix the file or set dataset.invalid_boxes=skip",
        "c.jpg.txt: line 1: dog in c.jpg: box (90, 2, 130.5, 9) reaches out of the picture of "
        "100 × 50 px; fix the file or set dataset.invalid_boxes=skip (or clip)",
        "c.jpg.txt: line 2: dog in c.jpg: box (110, 2, 130, 9) lies outside the picture of "
        "100 × 50 px; fix the file or set dataset.invalid_boxes=skip",
    ]
    assert findings[0].box == (8, 2, 5, 9)
    assert findings[0].files == ("b.jpg",)


def test_a_million_good_boxes_take_no_time():
    boxes = np.tile([[10.0, 10, 90, 40]], (860_000, 1))
    sizes = np.tile(np.array([SIZE], np.int32), (860_000, 1))
    check_boxes(boxes[:9], sizes[:9])
    start = time.process_time()
    assert not check_boxes(boxes, sizes).any()
    assert time.process_time() - start < 1
