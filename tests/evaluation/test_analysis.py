"""The analysis as a whole: agreement with the report, order, corners, speed."""

import time
from dataclasses import fields, replace

import numpy as np
import pytest

from objloc.evaluation import Analysis, Detections, analyse, evaluate
from objloc.evaluation.kinds import KINDS
from tests.evaluation.random_sets import random_set

NAMES = ("cat", "dog", "bird")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """Of a random set of 60 images."""
    found, truths = random_set(np.random.default_rng(0), 60, 3, 6, ignored=0.1)
    return analyse(found, truths, NAMES, score_threshold=0.4, resamples=100)


def test_agrees_with_the_report(analysis: Analysis) -> None:
    """What both measure is the same number."""
    found, truths = random_set(np.random.default_rng(0), 60, 3, 6, ignored=0.1)
    report = evaluate(found, truths, NAMES, score_threshold=0.4)
    for name, interval in analysis.intervals.items():
        assert interval.value == pytest.approx(report.metrics[name], abs=1e-12)
        assert interval.low <= interval.value <= interval.high
    assert analysis.coco.ap == pytest.approx(report.metrics["ap"], abs=1e-12)
    assert analysis.iou_recall.found[49] == pytest.approx(report.metrics["iou_over_50"])
    for ours, theirs in zip(analysis.classes, report.classes, strict=True):
        assert (ours.name, ours.objects) == (theirs.name, theirs.objects)
        assert ours.mean_iou == pytest.approx(theirs.mean_iou)
        assert ours.ap50 == pytest.approx(theirs.ap50)
        assert ours.recall >= theirs.found - 1e-12  # a rightly named detection may answer instead
    curves = analysis.precision_recall
    assert [(one.iou, one.name) for one in curves] == [
        (iou, name) for iou in (0.5, 0.75) for name in (None, *NAMES)
    ]
    assert np.mean([one.ap for one in curves[5:]]) == pytest.approx(report.metrics["ap75"])


def test_metrics_are_plain_and_flat(analysis: Analysis) -> None:
    """Names as a run records them; none that the report has already."""
    metrics = analysis.metrics()
    assert all(type(value) is float for value in metrics.values())
    assert {
        "ap_small",
        "ap_large",
        "ar_1",
        "ar_100",
        "ar_medium",
        "voc_ap_all_point",
        "voc_ap_11_point_plus_one",
        "ece",
        "share_right",
        "share_duplicate",
        "ap50_rise_centre_off",
        "localization_accuracy_rise_missed",
        "mean_iou_low",
        "presence_accuracy_high",
        "ap75_high",
    } <= set(metrics)
    assert sum(metrics[f"share_{kind}"] for kind in KINDS) == pytest.approx(1)
    assert not {"ap", "ap50", "mean_iou"} & set(metrics)
    assert metrics["voc_ap_11_point"] == analysis.voc["11_point"].ap


def test_tables_are_rectangular(analysis: Analysis) -> None:
    """Header and rows of one width; the numbers are the analysis'."""
    tables = analysis.tables()
    assert list(tables) == [
        "intervals",
        "coco",
        "voc",
        "classes",
        "confusion",
        "errors",
        "errors_by_size",
        "errors_by_relative_size",
        "errors_by_position",
        "errors_by_class",
        "calibration",
        "iou_recall",
    ]
    for name, (header, rows) in tables.items():
        assert rows, name
        assert {len(row) for row in rows} == {len(header)}, name
        assert all(type(cell) in (str, int, float) for row in rows for cell in row), name
    assert tables["coco"][1][1] == ["AP50", analysis.coco.ap50]
    assert len(tables["coco"][1]) == 12
    assert tables["confusion"][1][1][:3] == ["dog", *analysis.confusion.counts[1, :2].tolist()]
    assert tables["errors"][1][5][:2] == ["missed", int(analysis.errors.counts[5])]
    cat = analysis.classes[0]
    assert tables["classes"][1][0] == [getattr(cat, field.name) for field in fields(cat)]
    assert tables["iou_recall"][1][4][0] == 0.5


def test_order_of_images_changes_nothing(analysis: Analysis) -> None:
    """Not even the intervals. Scores that are all different, as equal ones rank by image."""
    rng = np.random.default_rng(5)
    found, truths = random_set(rng, 50, 3, 5, ignored=0.1)
    found = [
        replace(one, scores=np.sort(rng.random(len(one)).astype(np.float32))[::-1]) for one in found
    ]
    order = rng.permutation(50)
    first = analyse(found, truths, NAMES, score_threshold=0.4, resamples=50)
    second = analyse(
        [found[image] for image in order],
        [truths[image] for image in order],
        NAMES,
        score_threshold=0.4,
        resamples=50,
    )
    assert second.metrics() == pytest.approx(first.metrics(), abs=1e-12, nan_ok=True)
    again = analyse(found, truths, NAMES, score_threshold=0.4, resamples=50)
    assert again.metrics() == pytest.approx(first.metrics(), rel=0, abs=0, nan_ok=True)
    assert (second.errors.image_counts == first.errors.image_counts[order]).all()
    assert (second.confusion.counts == first.confusion.counts).all()


def test_perfect_detections() -> None:
    """Every number that can be perfect is, with no width."""
    _, truths = random_set(np.random.default_rng(0), 30, 4, 0)
    truths = [image for image in truths if len(image.labels)]
    found = [
        Detections(image.boxes, image.labels, np.ones(len(image.labels), np.float32))
        for image in truths
    ]
    result = analyse(found, truths, NAMES, score_threshold=0.5, resamples=50)
    for name, interval in result.intervals.items():
        if name != "class_accuracy":  # of several objects, another may overlap the best box more
            assert list(vars(interval).values()) == pytest.approx([1, 1, 1]), name
    assert result.calibration.ece == pytest.approx(0, abs=1e-12)
    assert (
        np.count_nonzero(result.confusion.counts - np.diag(np.diag(result.confusion.counts))) == 0
    )
    assert result.voc["11_point"].ap == pytest.approx(1)
    assert result.iou_recall.named[98] == 1  # IoU .99; of 1 rounding may leave a little less


@pytest.mark.parametrize("images", [0, 3])
def test_nothing_to_measure(images: int) -> None:
    """Without images or objects: NaN, no warning, tables all the same."""
    found, truths = random_set(np.random.default_rng(0), images, 0, 0)
    result = analyse(found, truths, NAMES, score_threshold=0.5, resamples=20)
    metrics = result.metrics()
    for name in ("ap_small", "ar_1", "voc_ap_all_point", "ece", "share_right", "mean_iou_low"):
        assert np.isnan(metrics[name]), name
    assert len(result.tables()["classes"][1]) == 3


def test_scores_compare_as_detections_do() -> None:
    """A score of float32(.7) reaches a threshold of .7, though it is less as float64."""
    found, truths = random_set(np.random.default_rng(0), 20, 2, 4)
    found = [replace(one, scores=np.full(len(one), 0.7, np.float32)) for one in found]
    result = analyse(found, truths, NAMES, score_threshold=0.7, resamples=0)
    assert len(result.errors.detection_kind) == sum(map(len, found))
    assert np.isnan(result.intervals["ap"].low)


def test_thousands_of_images_take_little_time() -> None:
    """2,000 images with 1,000 resamples: a second of work, here allowed eight."""
    found, truths = random_set(np.random.default_rng(0), 2000, 3, 3)
    started = time.process_time()
    analyse(found, truths, NAMES, score_threshold=0.5)
    assert time.process_time() - started < 8
