"""VOC AP against published numbers, a slow count by the kit's rules, and by hand."""

from pathlib import Path

import numpy as np
import pytest

from objloc.data.truth import Truth
from objloc.evaluation import Detections, voc_average_precision
from tests.evaluation.random_sets import detections, random_set, truth


def padilla(shared_data: Path) -> tuple[list[Detections], list[Truth]]:
    """Seven images with one class; files hold "name [score] x y width height"."""
    folder = shared_data / "oracles" / "voc_padilla"
    found, truths = [], []
    for path in sorted((folder / "groundtruths").iterdir()):
        rows = [line.split()[1:] for line in path.read_text().splitlines()]
        truths.append(truth(corners(np.array(rows, float))))
        answers = (folder / "detections" / path.name).read_text().splitlines()
        rows = np.array([line.split()[1:] for line in answers], float)
        rows = rows[np.argsort(-rows[:, 0], kind="stable")]
        found.append(detections(corners(rows[:, 1:]), rows[:, 0]))
    assert len(truths) == 7
    return found, truths


def corners(boxes: np.ndarray) -> np.ndarray:
    """Corner and size as two corners."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


@pytest.mark.parametrize(
    ("points", "plus_one", "iou", "published"),
    [
        ("all", True, 0.1, 0.3371980676),
        ("all", True, 0.3, 0.2456866804),
        ("all", True, 0.5, 0.0222222222),
        ("11", True, 0.3, 0.2683982683),
        ("11", True, 0.5, 0.0303030303),
    ],
)
def test_equals_published_numbers(
    shared_data: Path, points: str, plus_one: bool, iou: float, published: float
) -> None:
    found, truths = padilla(shared_data)
    result = voc_average_precision(
        found, truths, 1, iou_threshold=iou, points=points, plus_one=plus_one
    )
    assert result.ap == pytest.approx(published, abs=1e-10)


@pytest.mark.parametrize(("iou", "published"), [(0.1, 0.2801), (0.3, 0.2254)])
def test_equals_published_numbers_without_the_pixel(
    shared_data: Path, iou: float, published: float
) -> None:
    found, truths = padilla(shared_data)
    result = voc_average_precision(found, truths, 1, iou_threshold=iou)
    assert result.ap == pytest.approx(published, abs=5e-5)


def count_slowly(
    found: list[Detections], truths: list[Truth], label: int, iou_threshold: float, extra: float
) -> list[float]:
    """11-point and all-point AP of a class, loop by loop as the kit is described."""
    rows = [
        (float(score), image, box)
        for image, answers in enumerate(found)
        for box, name, score in zip(answers.boxes, answers.labels, answers.scores, strict=True)
        if name == label
    ]
    rows.sort(key=lambda row: -row[0])
    total = sum(int(((t.labels == label) & ~t.ignore).sum()) for t in truths)
    taken: set[tuple[int, int]] = set()
    curve, finds, mistakes = [], 0, 0
    for _, image, box in rows:
        best, best_iou = -1, -1.0
        for number, other in enumerate(truths[image].boxes):
            if truths[image].labels[number] == label:
                overlap = overlap_slowly(box.tolist(), other.tolist(), extra)
                if overlap > best_iou:
                    best, best_iou = number, overlap
        if best >= 0 and best_iou >= iou_threshold:
            if truths[image].ignore[best]:
                continue
            if (image, best) not in taken:
                taken.add((image, best))
                finds += 1
            else:
                mistakes += 1
        else:
            mistakes += 1
        curve.append((finds / total, finds / (finds + mistakes)))
    eleven = 0.0
    for recall in np.linspace(0, 1, 11):
        eleven += max((p for r, p in curve if r >= recall), default=0.0) / 11
    whole, before = 0.0, 0.0
    for recall, _ in curve:
        if recall > before:
            whole += (recall - before) * max(p for r, p in curve if r >= recall)
            before = recall
    return [eleven, whole]


def overlap_slowly(a: list[float], b: list[float], extra: float) -> float:
    """IoU of two boxes whose sides are `extra` longer."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + extra
    height = min(a[3], b[3]) - max(a[1], b[1]) + extra
    if width <= 0 or height <= 0:
        return 0.0
    sizes = [(x2 - x1 + extra) * (y2 - y1 + extra) for x1, y1, x2, y2 in (a, b)]
    return width * height / (sum(sizes) - width * height)


@pytest.mark.parametrize("plus_one", [False, True])
def test_equals_slow_count(plus_one: bool) -> None:
    """Several classes, ties, difficult objects, images without any."""
    found, truths = random_set(np.random.default_rng(5), 60, 4, 8, ignored=0.2)
    extra = 1.0 if plus_one else 0.0
    expected = np.array([count_slowly(found, truths, label, 0.6, extra) for label in range(3)])
    for column, points in enumerate(("11", "all")):
        result = voc_average_precision(
            found, truths, 3, iou_threshold=0.6, points=points, plus_one=plus_one
        )
        assert result.class_ap == pytest.approx(expected[:, column], abs=1e-12)
        assert result.ap == pytest.approx(expected[:, column].mean(), abs=1e-12)


def test_by_hand() -> None:
    """Right, wrong, right: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1."""
    box, far = [10, 10, 50, 50], [60, 60, 90, 90]
    found = [detections([box, [0, 0, 5, 5], far], [0.9, 0.8, 0.7])]
    truths = [truth([box, far])]
    assert voc_average_precision(found, truths, 1).ap == pytest.approx(0.5 + 0.5 * 2 / 3)
    eleven = voc_average_precision(found, truths, 1, points="11").ap
    assert eleven == pytest.approx((6 * 1 + 5 * 2 / 3) / 11)


def test_difficult_object_is_neither_found_nor_missed() -> None:
    """A find of it is dropped; a box beside it is a mistake."""
    box, other = [10, 10, 50, 50], [60, 60, 90, 90]
    image = truth([box, other], ignore=[True, False])
    found = detections([box, other], [0.9, 0.8])
    assert voc_average_precision([found], [image], 1).ap == 1
    astray = detections([[10, 10, 50, 25], other], [0.9, 0.8])
    assert voc_average_precision([astray], [image], 1).ap == 0.5


def test_nothing_to_find_is_nan() -> None:
    """Without objects, without detections, without images."""
    assert np.isnan(voc_average_precision([], [], 2).class_ap).all()
    result = voc_average_precision([Detections.none()], [truth([[0, 0, 9, 9]])], 2)
    assert result.ap == 0
    assert np.isnan(result.class_ap[1])
