"""What counts as the same answer, on answers written by hand."""

import numpy as np
import pytest

from objloc.decoding import Decoding, decode
from objloc.exporting.same_detections import Difference, difference, versions

BOXES = [[0.1, 0.1, 0.5, 0.5], [0.2, 0.6, 0.4, 0.9], [0.5, 0.5, 0.9, 0.9]]
MANY = Decoding(max_detections=5)


def answer(
    boxes: list[list[float]], scores: list[float], labels: list[int], padding: int = 1
) -> dict[str, np.ndarray]:
    """One picture's detections, padded."""
    return {
        "boxes": np.float32([[*boxes, *[[0.0] * 4] * padding]]),
        "scores": np.float32([[*scores, *[0.0] * padding]]),
        "labels": np.int32([[*labels, *[-1] * padding]]),
    }


def compared(found: dict[str, np.ndarray], decoding: Decoding = MANY) -> Difference:
    """With three detections of scores .9, .5, .1."""
    return difference([answer(BOXES, [0.9, 0.5, 0.1], [0, 1, 2])], found, decoding)


def test_rounding_is_nothing() -> None:
    boxes = np.array(BOXES) + 1e-6
    found = compared(answer(boxes.tolist(), [0.9004, 0.5, 0.1], [0, 1, 2], padding=4))
    assert found.is_same
    assert found.compared == 3
    assert found.box == pytest.approx(1e-6, rel=0.1)
    assert found.score == pytest.approx(4e-4, rel=0.01)
    assert 0.9999 < found.iou <= 1


@pytest.mark.parametrize(
    ("boxes", "scores", "labels", "missing", "surplus"),
    [
        # Another box, score, label: one is missing and one is new.
        ([BOXES[0], [0.2, 0.6, 0.401, 0.9], BOXES[2]], [0.9, 0.5, 0.1], [0, 1, 2], 1, 1),
        (BOXES, [0.9, 0.502, 0.1], [0, 1, 2], 1, 1),
        (BOXES, [0.9, 0.5, 0.1], [0, 1, 0], 1, 1),
        (BOXES[:2], [0.9, 0.5], [0, 1], 1, 0),
        # The same thing twice.
        ([*BOXES, BOXES[0]], [0.9, 0.5, 0.1, 0.9], [0, 1, 2, 0], 0, 1),
        ([], [], [], 3, 0),
    ],
)
def test_what_differs(
    boxes: list[list[float]],
    scores: list[float],
    labels: list[int],
    missing: int,
    surplus: int,
) -> None:
    found = compared(answer(boxes, scores, labels))
    assert (found.missing, found.surplus) == (missing, surplus)
    assert not found.is_same


def test_order_among_equal_scores_is_nothing() -> None:
    expected = answer(BOXES, [0.5, 0.5, 0.5], [0, 1, 2])
    assert difference([expected], answer(BOXES[::-1], [0.5] * 3, [2, 1, 0]), MANY).is_same


def test_low_scores_do_not_count_but_for_the_best() -> None:
    expected = answer(BOXES, [0.9, 0.5, 0.009], [0, 1, 2])
    assert difference([expected], answer(BOXES[:2], [0.9, 0.5], [0, 1]), MANY).is_same
    low = answer(BOXES[:1], [0.0001], [0])
    assert difference([low], low, MANY).is_same
    assert not difference([low], answer(BOXES[1:2], [0.0001], [0]), MANY).is_same
    # Near decoding's own limit, too.
    strict = Decoding(max_detections=5, score_threshold=0.1)
    assert compared(answer(BOXES[:2], [0.9, 0.5], [0, 1]), strict).is_same


def candidates(boxes: list[list[float]], logits: list[float]) -> dict[str, np.ndarray]:
    return {
        "boxes": np.float32([boxes]),
        "class_logits": np.float32([[[9.0, 0.0]] * len(boxes)]),
        "objectness": np.float32([logits]),
    }


def judged(given: dict[str, np.ndarray], decoding: Decoding, otherwise: Decoding) -> Difference:
    """An answer by another decoding, judged by that of the model."""
    expected = versions(decode(given, decoding), given, decoding)
    return difference(expected, decode(given, otherwise), decoding)


def test_overlaps_at_the_limit_may_fall_either_way() -> None:
    # IoU .6 with the first: 3 / (4 + 4 - 3).
    given = candidates([[0.0, 0.0, 0.4, 0.4], [0.1, 0.0, 0.5, 0.4]], [2.0, 1.0])
    plain = Decoding(max_detections=5, vote_iou=1.0)
    assert judged(given, plain, plain.changed(iou_threshold=0.60005)).is_same
    assert judged(given, plain, plain.changed(iou_threshold=0.59995)).is_same
    # Well off the limit, what is there has to be there.
    assert judged(given, plain.changed(iou_threshold=0.7), plain.changed(iou_threshold=0.5)).missing
    assert judged(given, plain.changed(iou_threshold=0.5), plain.changed(iou_threshold=0.7)).surplus
    voting = Decoding(max_detections=5, iou_threshold=0.3)
    for vote in (0.60005, 0.59995):
        assert judged(given, voting, voting.changed(vote_iou=vote)).is_same
    assert not judged(given, voting.changed(vote_iou=0.5), voting.changed(vote_iou=0.7)).is_same


def test_a_full_list_may_end_with_another_of_equal_score() -> None:
    given = candidates(BOXES, [2.0, 1.0, 1.0])
    turned = {name: value[:, [0, 2, 1]] for name, value in given.items()}
    short = Decoding(max_detections=2)
    expected = versions(decode(given, short), given, short)
    assert difference(expected, decode(turned, short), short).surplus == 0
    worse = candidates([BOXES[0], BOXES[2]], [2.0, 0.9])
    assert difference(expected, decode(worse, short), short).surplus == 1
