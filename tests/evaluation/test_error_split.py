"""Each kind of error on a case of its own, what mending it brings, and what must always hold."""

import numpy as np
import pytest

from objloc.data.truth import Truth
from objloc.evaluation import Detections, average_precision, evaluate, match
from objloc.evaluation.columns import columns
from objloc.evaluation.error_split import ASIDE, ErrorSplit, split_errors
from objloc.evaluation.kinds import ERRORS, KINDS
from tests.evaluation.random_sets import detections, random_set, truth

NAMES = ("cat", "dog", "bird")
BOX = [20, 20, 60, 60]
BESIDE = [44, 20, 84, 60]  # 40 × 40 too, 24 to the right: IoU 16 / 64 = .25
SMALL = [25, 25, 45, 45]  # inside, a quarter of the area: .25; of the object's size it has .53
FLAT = [22, 32, 58, 41]  # inside, 36 × 9 of 40 × 40: .2025; see below
FAR = [0, 70, 20, 95]


def split(found: list[Detections], truths: list[Truth], threshold: float = 0.5) -> ErrorSplit:
    """The split as `analyse` makes it."""
    table = columns(found, truths)
    kept = table.detection_score.astype(np.float32) >= threshold
    matches = match([one.over(threshold) for one in found], truths)
    return split_errors(table, kept, matches, NAMES, 0.001)


def kinds(codes: np.ndarray) -> list[str]:
    """Their names."""
    return ["aside" if code == ASIDE else KINDS[code] for code in codes]


@pytest.mark.parametrize(
    ("answer", "label", "objects", "answers"),
    [
        (BOX, 0, ["right"], ["right"]),
        (BOX, 1, ["class_wrong"], ["class_wrong"]),
        (BESIDE, 0, ["centre_off"], ["centre_off"]),
        (BESIDE, 1, ["centre_off"], ["centre_off"]),  # the name counts once the place is right
        (SMALL, 0, ["size_off"], ["size_off"]),
        ([10, 35, 90, 45], 0, ["shape_off"], ["shape_off"]),
        (FAR, 0, ["missed"], ["imagined"]),
        ([55, 55, 95, 95], 0, ["missed"], ["imagined"]),  # IoU 25 / 3175: a mere touch
    ],
)
def test_one_object_one_detection(
    answer: list, label: int, objects: list[str], answers: list[str]
) -> None:
    """The kinds of an object and of the one detection in its image."""
    result = split([detections([answer], [0.9], [label])], [truth([BOX])])
    assert kinds(result.object_kind) == objects
    assert kinds(result.detection_kind) == answers
    assert result.image_counts.sum() == (2 if objects == ["missed"] else 1)


def test_the_correction_that_lifts_most_by_hand() -> None:
    """FLAT is 36 × 9 about (40, 36.5), the object 40 × 40 about (40, 40).

    Moved: IoU still 324 / 1600 = .2025. Grown to 1600 px²: 80 × 20, of which 40 × 20 inside: 800 /
    2400 = .333. Made square: 18 × 18, inside: .2025. So the size is off, and growing it does not
    make it right: no accuracy is gained.
    """
    result = split([detections([FLAT], [0.9])], [truth([BOX])])
    assert kinds(result.object_kind) == ["size_off"]
    assert result.localization_accuracy_rise["size_off"] == 0
    assert result.ap50_rise["size_off"] == 0


def test_duplicates_and_asides() -> None:
    """A second box, one half on the object, one in an ignored box, one elsewhere."""
    image = truth([BOX, [60, 60, 100, 100]], ignore=[False, True])
    found = detections(
        [BOX, [21, 20, 60, 60], [20, 20, 60, 36], [65, 65, 95, 95], FAR, BOX],
        [0.95, 0.9, 0.85, 0.8, 0.7, 0.3],
    )
    result = split([found], [image])
    assert kinds(result.detection_kind) == ["right", "duplicate", "duplicate", "aside", "imagined"]
    assert result.counts.tolist() == [1, 0, 0, 0, 0, 0, 1, 2]
    assert result.shares == pytest.approx([1 / 4, 0, 0, 0, 0, 0, 1 / 4, 2 / 4])
    assert result.images_of("duplicate").tolist() == [0]
    assert result.images_of("missed").tolist() == []


def test_a_rightly_named_detection_answers() -> None:
    """A dog's box called cat with .9 and dog with .8: the dog is found, the cat one too many."""
    found = detections([BOX, [20, 20, 60, 58]], [0.9, 0.8], [0, 1])
    result = split([found], [truth([BOX], [1])])
    assert kinds(result.object_kind) == ["right"]
    assert kinds(result.detection_kind) == ["duplicate", "right"]
    assert result.object_iou == pytest.approx([0.95])
    assert result.object_detection.tolist() == [1]
    # Without the cat the image is right and the dog comes first: AP50 from 1 (cats have no object)
    # stays 1.
    assert result.localization_accuracy_rise["duplicate"] == 1
    assert result.ap50_rise["duplicate"] == 0


def test_a_graze_does_not_hide_a_near_miss() -> None:
    """A stray box of .9 touches the object, one of .8 covers a quarter of it."""
    found = detections([[55, 55, 95, 95], BESIDE], [0.9, 0.8])
    result = split([found], [truth([BOX])])
    assert kinds(result.object_kind) == ["centre_off"]
    assert kinds(result.detection_kind) == ["imagined", "centre_off"]


def test_rises_by_hand() -> None:
    """Five images, one of each: right, misnamed, beside, missed, imagined."""
    found = [
        detections([BOX], [0.9]),
        detections([BOX], [0.8], [1]),
        detections([BESIDE], [0.7]),
        Detections.none(),
        detections([FAR], [0.95]),
    ]
    truths = [truth([BOX]), truth([BOX]), truth([BOX]), truth([BOX]), truth([])]
    result = split(found, truths)
    rise = result.localization_accuracy_rise
    mended = {"class_wrong", "centre_off", "missed", "imagined"}
    assert rise == pytest.approx({kind: 0.2 if kind in mended else 0 for kind in ERRORS})
    # Cats by score: imagined, found (precision 1/2 at recall 1/4), beside: AP50 = 26/101 · 1/2.
    before = 26 / 101 / 2
    assert average_precision(found, truths, 3).ap50 == pytest.approx(before)
    assert result.ap50_rise == pytest.approx(
        {
            # imagined, found, found, beside: precision 2/3 at recall 1/2.
            "class_wrong": 51 / 101 * 2 / 3 - before,
            # imagined, found, found: the same.
            "centre_off": 51 / 101 * 2 / 3 - before,
            "size_off": 0,
            "shape_off": 0,
            # found (1), imagined, found, beside: precision 1 to recall 1/4, 2/3 to 1/2.
            "missed": 26 / 101 + 25 / 101 * 2 / 3 - before,
            # found, beside: precision 1 to recall 1/4.
            "imagined": 26 / 101 - before,
            "duplicate": 0,
        }
    )


def test_breakdowns_by_hand() -> None:
    """A picture of 300 × 600 with a small and a large object, and a box imagined."""
    image = truth([[0, 0, 30, 30], [200, 80, 500, 280]], [0, 2], size=(300, 600))
    found = detections([[0, 0, 30, 30], [560, 260, 600, 300]], [0.9, 0.8], [0, 1])
    result = split([found], [image])
    right, missed, imagined = (KINDS.index(kind) for kind in ("right", "missed", "imagined"))
    for breakdown, places in (
        (result.by_size, (0, 2, 1)),  # 900, 60,000 and 1,600 px²
        (result.by_relative_size, (0, 3, 0)),  # .5 %, 33 % and .9 %
        (result.by_position, (0, 4, 8)),  # top left, middle centre, bottom right
        (result.by_class, (0, 2, 1)),
    ):
        expected = np.zeros_like(breakdown.counts)
        expected[places, (right, missed, imagined)] = 1
        assert breakdown.counts.tolist() == expected.tolist()
    assert result.by_class.names == NAMES


@pytest.mark.parametrize("seed", range(6))
def test_what_always_holds(seed: int) -> None:
    """Many detections, several classes, ignored boxes: all is counted, and the report agrees."""
    rng = np.random.default_rng(seed)
    found, truths = random_set(rng, 120, 1 + seed, 1 + 2 * seed, 3, 0.15)
    result = split(found, truths, 0.4)
    report = evaluate(found, truths, NAMES, score_threshold=0.4)
    objects = sum(np.count_nonzero(~image.ignore) for image in truths)
    shown = sum(len(one.over(0.4)) for one in found)
    assert result.counts[:6].sum() == objects == len(result.object_kind)
    assert len(result.detection_kind) == shown
    answering = result.object_detection[result.object_kind != KINDS.index("missed")]
    assert len(np.unique(answering)) == len(answering)
    extras = result.counts[6:].sum() + np.count_nonzero(result.detection_kind == ASIDE)
    assert len(answering) + extras == shown
    assert (
        result.detection_image[answering]
        == result.object_image[result.object_kind != KINDS.index("missed")]
    ).all()
    assert result.shares.sum() == pytest.approx(1)
    right = result.image_counts[:, 1:].sum(axis=1) == 0
    assert right.tolist() == report.per_image["right"].tolist()
    for breakdown in (
        result.by_size,
        result.by_relative_size,
        result.by_position,
        result.by_class,
    ):
        assert breakdown.counts.sum(axis=0).tolist() == result.counts.tolist()
    for kind in ERRORS:
        assert 0 <= result.localization_accuracy_rise[kind] <= 1
    assert (result.object_iou >= 0).all()


def test_perfect_detections_are_all_right() -> None:
    """Nothing is wrong, nothing can be mended."""
    _, truths = random_set(np.random.default_rng(0), 30, 4, 0)
    found = [
        Detections(image.boxes, image.labels, np.full(len(image.labels), 0.9, np.float32))
        for image in truths
    ]
    result = split(found, truths)
    assert result.counts[1:].sum() == 0
    assert result.counts[0] == sum(len(image.labels) for image in truths)
    assert set(result.ap50_rise.values()) == {0.0}
    assert set(result.localization_accuracy_rise.values()) == {0.0}


def test_mending_everything_missed_finds_everything() -> None:
    """Where nothing is detected, the objects are all there is to mend."""
    _, truths = random_set(np.random.default_rng(1), 20, 3, 0)
    result = split([Detections.none()] * 20, truths)
    assert result.ap50_rise["missed"] == pytest.approx(1)
    with_objects = np.mean([len(image.labels) > 0 for image in truths])
    assert result.localization_accuracy_rise["missed"] == pytest.approx(with_objects)


def test_nothing_at_all_is_nan() -> None:
    result = split([], [])
    assert np.isnan(result.shares).all()
    assert np.isnan(list(result.localization_accuracy_rise.values())).all()
    assert np.isnan(list(result.ap50_rise.values())).all()
