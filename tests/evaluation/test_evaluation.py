"""The reported numbers on cases computed by hand."""

import time

import numpy as np
import pytest

from objloc.evaluation import Detections, evaluate
from tests.evaluation.random_sets import detections, random_set, truth

NAMES = ("cat", "dog")

# Half of a 40 × 40 box, of it nothing but the box: IoU .5. A quarter: IoU .25.
WHOLE, HALF, QUARTER = [10, 10, 50, 50], [10, 10, 50, 30], [10, 10, 30, 30]


def test_single_object_metrics_by_hand() -> None:
    """One image of each fate; threshold .5."""
    fates = [
        (detections([WHOLE], [0.9]), truth([WHOLE])),  # right, IoU 1
        (detections([HALF], [0.9]), truth([WHOLE])),  # right, IoU .5
        (detections([QUARTER], [0.9]), truth([WHOLE])),  # too small, IoU .25
        (detections([WHOLE], [0.9], [1]), truth([WHOLE])),  # wrong class, IoU 1
        (detections([WHOLE], [0.4]), truth([WHOLE])),  # right, but below the threshold: IoU 0
        (detections([WHOLE], [0.4]), truth([])),  # rightly nothing
        (detections([WHOLE], [0.6]), truth([])),  # false alarm
        (Detections.none(), truth([])),  # rightly nothing
    ]
    found, truths = map(list, zip(*fates, strict=True))
    report = evaluate(
        found, truths, NAMES, score_threshold=0.5, mean_box=np.array([0.1, 0.1, 0.5, 0.3], "f4")
    )
    metrics = report.metrics
    assert metrics["mean_iou"] == pytest.approx((1 + 0.5 + 0.25 + 1 + 0) / 5)
    assert metrics["localization_accuracy"] == 4 / 8
    assert metrics["class_accuracy"] == 4 / 5
    assert metrics["presence_accuracy"] == 6 / 8
    assert metrics["iou_p50"] == pytest.approx(0.5)
    assert metrics["iou_p25"] == pytest.approx(0.25)
    shares = [metrics[f"iou_over_{limit}"] for limit in (50, 75, 90)]
    assert shares == pytest.approx([3 / 5, 2 / 5, 2 / 5])
    assert metrics["mean_box_iou"] == pytest.approx(0.5)
    assert metrics["whole_image_iou"] == pytest.approx(0.16)
    right = [True, True, False, False, False, True, False, True]
    assert report.per_image["right"].tolist() == right
    # Wrong ones first, by IoU: the missed one and the false alarm, the small one, the misnamed one.
    assert report.worst_first().tolist() == [4, 6, 2, 3, 1, 0, 5, 7]
    cat, dog = report.classes
    assert (cat.objects, dog.objects) == (5, 0)
    assert cat.found == pytest.approx(2 / 5)
    assert np.isnan(dog.mean_iou)


def test_several_objects_by_hand() -> None:
    """An image is right when every object is found and nothing else is."""
    other = [60, 60, 90, 90]
    both = truth([WHOLE, other], [0, 1])
    fates = [
        (detections([WHOLE, other], [0.9, 0.8], [0, 1]), True),
        (detections([WHOLE, other, WHOLE], [0.9, 0.8, 0.7], [0, 1, 0]), False),  # one twice
        (detections([WHOLE, other], [0.9, 0.4], [0, 1]), False),  # one missed
        (detections([WHOLE, other], [0.9, 0.8], [0, 0]), False),  # one misnamed
    ]
    found = [answer for answer, _ in fates]
    report = evaluate(found, [both] * 4, NAMES, score_threshold=0.5)
    assert report.per_image["right"].tolist() == [right for _, right in fates]
    assert report.metrics["mean_iou"] == pytest.approx(7 / 8)
    assert "mean_box_iou" not in report.metrics
    assert report.per_image["detections"].tolist() == [2, 3, 1, 2]
    assert report.per_image["found"].tolist() == [2, 2, 1, 1]
    assert report.worst_first().tolist() == [3, 2, 1, 0]  # F1 of 2/4, 2/3, 4/5 and 1
    metrics = evaluate(found, [both] * 4, NAMES, score_threshold=0.75).metrics
    shares = [metrics[name] for name in ("precision", "recall", "f1")]
    assert shares == pytest.approx([6 / 7, 6 / 8, 12 / 15])


def test_ignored_boxes_neither_help_nor_harm() -> None:
    """A detection on an ignored box is no mistake; the box itself is no object."""
    region = [55, 55, 95, 95]
    image = truth([WHOLE, region], [0, 0], [False, True])
    answer = detections([WHOLE, [60, 60, 90, 90]], [0.9, 0.8])
    metrics = evaluate([answer], [image], NAMES, score_threshold=0.5).metrics
    assert metrics["mean_iou"] == metrics["precision"] == metrics["f1"] == 1
    assert metrics["localization_accuracy"] == 1
    assert metrics["ap"] == pytest.approx(1)
    only_ignored = truth([region], [0], [True])
    metrics = evaluate([answer.over(2.0)], [only_ignored], NAMES, score_threshold=0.5).metrics
    assert metrics["localization_accuracy"] == 1
    assert np.isnan(metrics["presence_accuracy"])
    assert np.isnan(metrics["mean_iou"])


def test_no_object_at_all_gives_nan_and_a_table() -> None:
    """What cannot be measured is NaN, without a warning, and shown as a dash."""
    report = evaluate([Detections.none()], [truth([])], NAMES, score_threshold=0.5)
    assert np.isnan(report.metrics["mean_iou"])
    assert np.isnan([report.metrics[name] for name in ("class_accuracy", "precision", "f1")]).all()
    assert report.metrics["localization_accuracy"] == 1
    assert "| mean IoU | – | – |" in report.as_markdown()


def test_tables_hold_model_beside_baselines() -> None:
    """A reader compares within a row."""
    report = evaluate(
        [detections([HALF], [0.9])],
        [truth([WHOLE])],
        NAMES,
        score_threshold=0.25,
        mean_box=np.array([0.1, 0.1, 0.3, 0.3], np.float32),
        images_per_second=1234.4,
    )
    markdown = report.as_markdown().splitlines()
    assert markdown[0] == "| metric | model | mean box | whole image |"
    assert "| mean IoU | 0.5000 | 0.2500 | 0.1600 |" in markdown
    assert "| images/s | 1234 |  |  |" in markdown
    assert "| cat | 1 | 0.5000 | 1.0000 | 0.1000 | 1.0000 |" in markdown
    assert "mean IoU                 0.5000    0.2500       0.1600" in report.as_text()


def test_thousands_of_images_take_little_time() -> None:
    """2,000 images with up to three objects: well under a second, here allowed five."""
    found, truths = random_set(np.random.default_rng(0), 2000, 3, 3)
    started = time.perf_counter()
    evaluate(found, truths, ("a", "b", "c"), score_threshold=0.5)
    assert time.perf_counter() - started < 5
