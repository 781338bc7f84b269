"""From candidates to detections, by hand and against plain loops; NumPy and the graph agree."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from keras import ops

from objloc import boxes as geometry
from objloc.decoding import Decoding, decode, scores_and_labels
from objloc.errors import ConfigError

PLAIN = Decoding(max_detections=100, vote_iou=1.0)


def outputs(boxes: list, objectness: list[float], classes: list[list[float]]) -> dict:
    return {
        "boxes": np.array([boxes], np.float32),
        "objectness": np.array([objectness], np.float32),
        "class_logits": np.array([classes], np.float32),
    }


def random_outputs(rng: np.random.Generator, images: int, count: int, classes: int) -> dict:
    """Candidates in clusters, with scores of few values, so that many are equal."""
    centers = rng.choice(rng.uniform(0, 1, (4, 2)), (images, count))
    centers = centers + rng.normal(0, 0.04, (images, count, 2))
    sides = rng.uniform(0.05, 0.4, (images, count, 2))
    sides[rng.random((images, count)) < 0.05] = 0  # without area
    # Adding 0 makes 0 of -0, which Keras' argmax takes for smaller.
    return {
        "boxes": np.concatenate([centers - sides / 2, centers + sides / 2], -1).astype(np.float32),
        "objectness": np.round(rng.normal(-1, 3, (images, count))).astype(np.float32) + 0,
        "class_logits": np.round(rng.normal(0, 3, (images, count, classes))).astype(np.float32) + 0,
    }


def certain(given: dict) -> dict:
    """The same, equally sure of each class.

    TensorFlow's exp and NumPy's differ in the last bit; what is a tie for one would be none for
    the other.
    """
    labels = given["class_logits"].argmax(-1)
    classes = given["class_logits"].shape[-1]
    return {**given, "class_logits": 9 * np.eye(classes, dtype=np.float32)[labels]}


def greedy(boxes: Any, labels: Any, scores: Any, decoding: Decoding) -> list[tuple[int, float]]:
    """The oracle: plain loops over one image, (candidate, score) in the order of their finding."""
    left = {place: float(score) for place, score in enumerate(scores)}
    overlaps = geometry.iou_matrix(boxes, boxes).tolist()
    kept: list[tuple[int, float]] = []
    while left and len(kept) < (decoding.max_detections or 1):
        best = max(left, key=lambda place: (left[place], -place))
        if kept and left[best] < np.float32(decoding.score_threshold):
            break
        kept.append((best, left.pop(best)))
        for place in list(left):
            if decoding.suppression == "per_class" and labels[place] != labels[best]:
                continue
            overlap = overlaps[place][best]
            if decoding.soft_sigma is not None:
                left[place] *= float(np.exp(-(overlap**2) / decoding.soft_sigma))
            elif overlap > decoding.iou_threshold:
                del left[place]
    return kept


def check_against_oracle(given: Mapping[str, np.ndarray], decoding: Decoding, xp: Any) -> None:
    found = {name: np.asarray(values) for name, values in decode(given, decoding, xp).items()}
    scores, labels = scores_and_labels(given)
    for image, boxes in enumerate(given["boxes"]):
        kept = greedy(boxes, labels[image], scores[image], decoding)
        count = len(kept)
        places = [place for place, _ in kept]
        # To the bit: which candidates were chosen, and in which order.
        np.testing.assert_array_equal(found["boxes"][image, :count], boxes[places])
        np.testing.assert_array_equal(found["labels"][image, :count], labels[image][places])
        np.testing.assert_allclose(
            found["scores"][image, :count], [score for _, score in kept], rtol=1e-4, atol=1e-7
        )
        assert (found["labels"][image, count:] == -1).all()
        assert (found["scores"][image, count:] == 0).all()


def test_score_is_objectness_times_class_probability() -> None:
    found = decode(outputs([[0.1, 0.1, 0.4, 0.5]], [0.0], [[0.0, np.log(3)]]), Decoding())
    assert float(found["scores"][0, 0]) == pytest.approx(0.5 * 0.75)
    assert int(found["labels"][0, 0]) == 1
    np.testing.assert_allclose(found["boxes"][0, 0], [0.1, 0.1, 0.4, 0.5])


def test_logits_of_any_size_give_scores() -> None:
    scores, _ = scores_and_labels(outputs([[0, 0, 1, 1]] * 3, [-200, 0, 200], [[500.0, -500]] * 3))
    np.testing.assert_allclose(scores[0], [0, 0.5, 1], atol=1e-30)


@pytest.mark.parametrize("limit", [1, 4])
def test_agreeing_candidates_vote_and_others_do_not(limit: int) -> None:
    best, near, far = [0.2, 0.2, 0.6, 0.6], [0.22, 0.2, 0.62, 0.6], [0.7, 0.7, 0.9, 0.9]
    other_class = [0.2, 0.2, 0.6, 0.62]
    even = [10.0, -10.0]
    given = outputs([best, near, far, other_class], [2, 1, 1.5, 1], [even, even, even, [-10, 10]])
    found = decode(given, Decoding(max_detections=limit))
    weights = 1 / (1 + np.exp(-np.array([2.0, 1.0])))
    expected = np.average([best, near], axis=0, weights=weights)
    np.testing.assert_allclose(found["boxes"][0, 0], expected, atol=1e-6)
    single = decode(given, Decoding(max_detections=limit, vote_iou=1.0))
    np.testing.assert_allclose(single["boxes"][0, 0], best)
    if limit > 1:
        np.testing.assert_allclose(found["boxes"][0, 1:3], [far, other_class], atol=1e-6)


def test_a_box_without_area_stays_as_it_is() -> None:
    given = outputs([[0.3, 0.3, 0.3, 0.3], [0.9, 0.9, 1, 1]], [5, -5], [[0.0], [0.0]])
    np.testing.assert_allclose(decode(given, Decoding())["boxes"][0, 0], [0.3, 0.3, 0.3, 0.3])


def test_suppression_within_and_across_classes_by_hand() -> None:
    # IoU of the first with the second: .8; with the third: 1/3.
    boxes = [[0, 0, 0.5, 1], [0, 0, 0.4, 1], [0.25, 0, 0.75, 1]]
    given = outputs(boxes, [3, 2, 1], [[9.0, 0], [0, 9.0], [9.0, 0]])
    per_class = decode(given, replace(PLAIN, max_detections=4))
    assert per_class["labels"].tolist() == [[0, 1, 0, -1]]
    agnostic = decode(given, replace(PLAIN, max_detections=4, suppression="class_agnostic"))
    np.testing.assert_allclose(agnostic["boxes"][0, :2], [boxes[0], boxes[2]])
    assert agnostic["labels"].tolist() == [[0, 0, -1, -1]]
    strict = decode(given, replace(PLAIN, suppression="class_agnostic", iou_threshold=0.3))
    assert (strict["labels"] >= 0).sum() == 1
    off = decode(given, replace(PLAIN, suppression="class_agnostic", iou_threshold=1.0))
    assert (off["labels"] >= 0).sum() == 3


def test_soft_suppression_lowers_scores_by_hand() -> None:
    boxes = [[0, 0, 0.5, 1], [0, 0, 0.4, 1], [0.5, 0, 1, 1]]
    found = decode(outputs(boxes, [0, -0.5, -1], [[0.0]] * 3), replace(PLAIN, soft_sigma=0.5))
    sigmoid = 1 / (1 + np.exp(-np.array([0, -0.5, -1])))
    expected = [sigmoid[0], sigmoid[2], sigmoid[1] * np.exp(-(0.8**2) / 0.5)]
    np.testing.assert_allclose(found["scores"][0, :3], expected, rtol=1e-5)


def test_the_best_candidate_is_a_detection_however_unsure() -> None:
    found = decode(outputs([[0, 0, 1, 1]] * 2, [-20, -21], [[0.0]] * 2), PLAIN)
    assert found["labels"][0, :2].tolist() == [0, -1]
    assert 0 < found["scores"][0, 0] < 1e-6


@pytest.mark.parametrize(
    "decoding",
    [
        PLAIN,
        replace(PLAIN, suppression="class_agnostic", iou_threshold=0.3, score_threshold=0.05),
        replace(PLAIN, soft_sigma=0.3, score_threshold=0.02),
        replace(PLAIN, max_detections=5, iou_threshold=0.45),
        replace(PLAIN, max_detections=1),
    ],
    ids=["per_class", "class_agnostic", "soft", "few", "one"],
)
def test_thousands_of_random_sets_against_plain_loops(decoding: Decoding) -> None:
    rng = np.random.default_rng(5)
    for count in (1, 2, 3, 7, 20, 40):
        given = random_outputs(rng, images=200, count=count, classes=3)
        check_against_oracle(given, decoding, np)


@pytest.mark.parametrize("soft_sigma", [None, 0.3])
def test_the_graph_against_plain_loops(soft_sigma: float | None) -> None:
    rng = np.random.default_rng(6)
    decoding = replace(PLAIN, max_detections=12, soft_sigma=soft_sigma)
    for count in (1, 5, 40):
        check_against_oracle(certain(random_outputs(rng, 50, count, 3)), decoding, ops)


def test_without_ties_opencv_keeps_the_same_boxes() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        given = random_outputs(rng, 1, 60, 1)
        given["objectness"] = rng.permutation(np.linspace(-4, 4, 60, dtype=np.float32))[None]
        given["boxes"] = np.where(
            np.arange(4) < 2, given["boxes"], np.maximum(given["boxes"], 0.01) + 0.01
        )
        scores, _ = scores_and_labels(given)
        x1, y1, x2, y2 = given["boxes"][0].T.astype(np.float64)
        rects = np.stack([x1, y1, np.maximum(x2 - x1, 0), np.maximum(y2 - y1, 0)], -1)
        kept = cv2.dnn.NMSBoxes(rects, scores[0], 0.001, 0.6)
        found = decode(given, PLAIN)
        count = int((found["labels"] >= 0).sum())
        np.testing.assert_array_equal(found["boxes"][0, :count], given["boxes"][0][list(kept)])


def test_only_the_best_candidates_are_looked_at() -> None:
    rng = np.random.default_rng(8)
    given = certain(random_outputs(rng, 3, 50, 2))
    scores, _ = scores_and_labels(given)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    best = {
        name: np.take_along_axis(values, order.reshape(3, 10, *([1] * (values.ndim - 2))), axis=1)
        for name, values in given.items()
    }
    for xp in (np, ops):
        found = decode(given, replace(PLAIN, candidates=10), xp)
        expected = decode(best, PLAIN)
        for name in found:
            np.testing.assert_allclose(np.asarray(found[name]), expected[name], atol=1e-6)


def test_one_detection_is_the_first_of_many() -> None:
    given = random_outputs(np.random.default_rng(9), 300, 30, 3)
    many = decode(given, Decoding(max_detections=20))
    one = decode(given, Decoding(max_detections=1))
    for name in one:
        np.testing.assert_array_equal(one[name][:, 0], many[name][:, 0])


def test_no_image_and_more_room_than_candidates() -> None:
    given = random_outputs(np.random.default_rng(1), 1, 3, 2)
    nothing = decode({name: values[:0] for name, values in given.items()}, PLAIN)
    assert [values.shape for values in nothing.values()] == [(0, 100, 4), (0, 100), (0, 100)]
    found = decode(given, PLAIN)
    assert found["boxes"].shape == (1, 100, 4)
    assert (found["labels"][0, 3:] == -1).all()


def test_the_data_settles_how_many_where_nobody_does() -> None:
    assert Decoding().for_objects(1).max_detections == 1
    assert Decoding().for_objects(6).max_detections == 100
    assert Decoding(max_detections=3).for_objects(6).max_detections == 3


def test_what_is_stored_is_changed_only_where_asked() -> None:
    stored = Decoding(max_detections=7, soft_sigma=0.5)
    assert stored.changed(max_detections=None, iou_threshold=0.4) == replace(
        stored, iou_threshold=0.4
    )
    assert stored.overruled({"soft_sigma": None, "vote_iou": 0.9}) == replace(stored, vote_iou=0.9)
    # A whole decoding is what it says, hard suppression included.
    assert stored.overruled(Decoding()) == Decoding(max_detections=7)
    assert stored.overruled(Decoding(max_detections=3)).max_detections == 3


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"suppression": "both"}, "per_class, class_agnostic"),
        ({"max_detections": 0}, "at least 1"),
        ({"soft_sigma": 0.0}, "above 0"),
    ],
)
def test_values_without_meaning_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Decoding(**wrong)
