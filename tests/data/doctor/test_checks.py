"""Single checks against tables made by hand, where whole sets would hide the numbers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objloc.boxes import iou_matrix
from objloc.data import BatchForm
from objloc.data.doctor.box_readings import box_readings
from objloc.data.doctor.duplicate_boxes import MIN_IOU, duplicate_pairs
from objloc.data.doctor.duplicate_ids import duplicate_ids
from objloc.data.doctor.duplicate_pictures import matched_ious
from objloc.data.doctor.greyscale import greyscale
from objloc.data.doctor.normalised_boxes import normalised_boxes
from objloc.data.doctor.scan import scan_pictures
from objloc.data.doctor.small_objects import resized_sides
from objloc.data.files import Annotations
from tests.data.doctor.labelled_sets import HEIGHT, WIDTH, picture, save, table

HERE = Path()


def centred_boxes(count: int, seed: int = 0) -> np.ndarray:
    """Boxes (xyxy) of all places and sizes inside WIDTH × HEIGHT."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.6, (count, 2))
    high = low + rng.uniform(0.15, 1, (count, 2)) * (1 - low)
    return np.concatenate([low, high], axis=1) * [WIDTH, HEIGHT, WIDTH, HEIGHT]


def misread(written: str, read: str, boxes: np.ndarray) -> np.ndarray:
    """Boxes as they come out if the numbers of one form are read as another."""
    x1, y1, x2, y2 = boxes.T
    w, h = x2 - x1, y2 - y1
    a, b, c, d = {
        "xyxy": (x1, y1, x2, y2),
        "xywh": (x1, y1, w, h),
        "cxcywh": (x1 + w / 2, y1 + h / 2, w, h),
        "yxyx": (y1, x1, y2, x2),
    }[written]
    out = {
        "xyxy": (a, b, c, d),
        "xywh": (a, b, a + c, b + d),
        "cxcywh": (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
    }[read]
    return np.stack(out, axis=1)


READ = {"xyxy": "object", "xywh": "annotation", "cxcywh": "line"}
WORDS = {
    "xyxy": "x1, y1, x2, y2",
    "xywh": "x, y, width, height",
    "cxcywh": "centre x, centre y, width, height",
    "yxyx": "y before x",
}


def explained(annotations: Annotations) -> list[str]:
    found = box_readings(annotations, annotations.splits, annotations.sizes)
    return [explanation.finding.message for explanation in found]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("xywh", "xyxy"),
        ("cxcywh", "xyxy"),
        ("yxyx", "xyxy"),
        ("xyxy", "xywh"),
        ("cxcywh", "xywh"),
        ("xyxy", "cxcywh"),
        ("xywh", "cxcywh"),
    ],
)
def test_each_misreading_is_named(written: str, read: str) -> None:
    boxes = misread(written, read, centred_boxes(200))
    rows = [[tuple(each)] for each in boxes.tolist()]
    (message,) = explained(table(HERE, rows, ref_kind=READ[read]))
    assert f"read as {WORDS[written]}" in message


@pytest.mark.parametrize("kind", ["object", "annotation", "line"])
def test_careless_and_wrong_boxes_are_not_taken_for_another_reading(kind: str) -> None:
    boxes = centred_boxes(200)
    boxes[:40, 2] += 12  # over the edge, by less than a tenth of the picture
    boxes[40:60] = boxes[40:60, [2, 1, 0, 3]]  # drawn from right to left
    rows = [[tuple(each)] for each in boxes.tolist()]
    assert explained(table(HERE, rows, ref_kind=kind)) == []


def test_one_split_with_another_reading_is_named() -> None:
    boxes = centred_boxes(200)
    boxes[150:] = misread("xyxy", "xywh", boxes[150:])
    rows = [[tuple(each)] for each in boxes.tolist()]
    splits = np.repeat(np.array([0, 2], np.int8), [150, 50])
    (message,) = explained(table(HERE, rows, ref_kind="annotation", splits=splits))
    assert "of 50 boxes of test" in message


def test_yolo_in_pixels_is_named() -> None:
    boxes = centred_boxes(50) * [WIDTH, HEIGHT, WIDTH, HEIGHT]  # what reading pixels as shares does
    annotations = table(HERE, [[tuple(each)] for each in boxes.tolist()], ref_kind="line")
    (explanation,) = normalised_boxes(annotations, annotations.sizes)
    assert "pixels" in explanation.finding.message
    assert len(explanation.rows) == 50


def test_small_whole_boxes_are_not_taken_for_shares() -> None:
    annotations = table(HERE, [[(0, 0, 1, 1)], [(10, 10, 60, 60)]])
    assert list(normalised_boxes(annotations, annotations.sizes)) == []


@given(st.integers(0, 2**32 - 1))
def test_duplicate_boxes_are_those_of_the_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 7, 5)
    base = np.array([[0, 0, 50, 50], [0, 0, 51, 50], [20, 20, 90, 90]], float)
    boxes = [[tuple(base[rng.integers(3)]) for _ in range(count)] for count in counts]
    labels = rng.integers(0, 2, counts.sum()).astype(np.int32)
    annotations = table(HERE, boxes, labels=labels, class_names=("a", "b"))
    expected = set()
    for image in range(5):
        rows = np.arange(counts.sum())[annotations.objects(image)]
        overlaps = iou_matrix(annotations.boxes[rows], annotations.boxes[rows])
        same = (overlaps > MIN_IOU) & (labels[rows][:, None] == labels[rows][None])
        expected |= {int(rows[b]) for a, b in np.argwhere(np.triu(same, 1))}
    pairs = duplicate_pairs(annotations)
    assert {int(row) for row in pairs[:, 1]} == expected
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_objects_of_two_pictures_are_matched_best_first() -> None:
    annotations = table(
        HERE,
        [
            [(0, 0, 40, 40), (50, 50, 90, 90)],
            [(50, 50, 90, 80), (0, 0, 40, 20), (100, 0, 120, 20)],
        ],
    )
    assert sorted(matched_ious(annotations, 0, 1)) == pytest.approx([0, 0.5, 0.75])


def test_a_class_of_its_own_is_no_match_and_sizes_may_differ() -> None:
    annotations = table(
        HERE,
        [[(0, 0, 40, 40)], [(0, 0, 20, 20)], [(0, 0, 40, 40)]],
        sizes=np.array([[120, 160], [60, 80], [120, 160]], np.int32),
        labels=np.array([0, 0, 1], np.int32),
        class_names=("a", "b"),
    )
    assert matched_ious(annotations, 0, 1) == pytest.approx([1.0])
    assert matched_ious(annotations, 0, 2) == pytest.approx([0.0])


def test_sides_in_the_resized_picture() -> None:
    annotations = table(HERE, [[(10, 10, 30, 50)]])  # 20 × 40 in 160 × 120
    letterbox = resized_sides(annotations, annotations.sizes, BatchForm(80, 1, "letterbox"))
    stretch = resized_sides(annotations, annotations.sizes, BatchForm(80, 1, "stretch"))
    assert letterbox.tolist() == [[10, 20]]
    assert stretch[0] == pytest.approx([10, 40 * 80 / 120])


def test_a_picture_listed_twice_is_an_error() -> None:
    annotations = table(HERE, [[(0, 0, 40, 40)], [(50, 0, 90, 40)]], files=["a.jpg", "a.jpg"])
    (finding,) = duplicate_ids(annotations)
    assert (finding.kind, finding.severity) == ("id_duplicate", "error")
    assert finding.where == "image 0"
    assert "2 times" in finding.message


def test_a_grey_set_is_one_note(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.png", picture(number)[..., 0])
    annotations = table(tmp_path, [[(0, 0, 40, 40)]] * 4, files=[f"{n}.png" for n in range(4)])
    facts = scan_pictures([annotations.path(image) for image in range(4)])
    (finding,) = greyscale(annotations, facts)
    assert "4 of 4" in finding.message


def test_threads_change_nothing(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path / f"{number}.jpg", picture(number))
    (tmp_path / "7.jpg").write_bytes(b"no")
    paths = [tmp_path / f"{number}.jpg" for number in range(31)]
    one, many = scan_pictures(paths, threads=1), scan_pictures(paths, threads=7)
    assert np.array_equal(one.hashes, many.hashes)
    assert one.digests == many.digests
    assert dict(one.problems) == dict(many.problems)
    assert {i: problem.kind for i, problem in many.problems.items()} == {
        7: "picture_unreadable",
        30: "picture_missing",
    }
    assert np.flatnonzero(~many.readable).tolist() == [7, 30]
