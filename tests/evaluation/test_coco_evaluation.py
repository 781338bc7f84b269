"""AP against pycocotools and against published numbers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from objloc.data.truth import Truth
from objloc.evaluation import Detections, average_precision, coco_numbers
from objloc.evaluation.coco_matching import rank
from objloc.evaluation.columns import columns
from objloc.evaluation.weighted_precision import mean_over_classes, weighted_average_precision
from tests.evaluation.random_sets import detections, random_set, truth

PUBLISHED = {
    "ap": 0.5045806987,
    "ap50": 0.6969727247,
    "ap75": 0.5729816670,
    "ap_small": 0.5856257209,
    "ap_medium": 0.5193996948,
    "ap_large": 0.5013978986,
    "ar_1": 0.3868127796,
    "ar_10": 0.5936795763,
    "ar_100": 0.5953529829,
    "ar_small": 0.6398109626,
    "ar_medium": 0.5664205979,
    "ar_large": 0.5642905983,
}
"""Of the reference detections on COCO's 100 images; in the order in which COCO prints them."""

TWELVE = tuple(PUBLISHED)


def reference(found: list[Detections], truths: list[Truth], classes: int) -> list[float]:
    """COCO's 12 numbers as pycocotools counts them; its -1 is NaN."""
    annotations = [
        {
            "id": 0,
            "image_id": image,
            "category_id": int(label),
            "bbox": [
                float(b[0]),
                float(b[1]),
                float(b[2]) - float(b[0]),
                float(b[3]) - float(b[1]),
            ],
            "area": float(area),
            "iscrowd": int(ignore),
        }
        for image, t in enumerate(truths)
        for b, label, area, ignore in zip(t.boxes, t.labels, t.area, t.ignore, strict=True)
    ]
    for number, annotation in enumerate(annotations):
        annotation["id"] = number + 1
    results = [
        {
            "image_id": image,
            "category_id": int(label),
            "bbox": [
                float(b[0]),
                float(b[1]),
                float(b[2]) - float(b[0]),
                float(b[3]) - float(b[1]),
            ],
            "score": float(score),
        }
        for image, d in enumerate(found)
        for b, label, score in zip(d.boxes, d.labels, d.scores, strict=True)
    ]
    truth_set = COCO()
    truth_set.dataset = {
        "images": [{"id": i, "width": 100, "height": 100} for i in range(len(truths))],
        "annotations": annotations,
        "categories": [{"id": i, "name": str(i)} for i in range(classes)],
        "info": {},
    }
    truth_set.createIndex()
    scorer = COCOeval(truth_set, truth_set.loadRes(results), "bbox")
    scorer.evaluate()
    scorer.accumulate()
    scorer.summarize()
    return np.where(scorer.stats > -1, scorer.stats, np.nan).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_equals_pycocotools(seed: int) -> None:
    """Several classes and objects an image, tied scores, and ignored boxes in half of the sets."""
    found, truths = random_set(
        np.random.default_rng(seed), 60, 4, 12, classes=4, ignored=0.2 * (seed % 2)
    )
    result = average_precision(found, truths, 4)
    expected = reference(found, truths, 4)[:3]
    assert [result.ap, result.ap50, result.ap75] == pytest.approx(expected, abs=1e-9)
    assert np.nanmean(result.class_ap) == pytest.approx(result.ap, abs=1e-9)
    assert np.nanmean(result.class_ap50) == pytest.approx(result.ap50, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_twelve_numbers_equal_pycocotools(seed: int) -> None:
    """Objects of all sizes, whose area is less than their box's, as that of a mask is."""
    rng = np.random.default_rng(seed)
    found, truths = random_set(rng, 60, 5, 25, classes=4, ignored=0.2 * (seed % 2))
    for image in range(60):
        scale = np.float32(rng.choice([0.5, 1, 4]))
        found[image] = replace(found[image], boxes=found[image].boxes * scale)
        area = truths[image].area * scale**2 * rng.uniform(0.5, 1, len(truths[image].area))
        truths[image] = replace(
            truths[image], boxes=truths[image].boxes * scale, area=area.astype(np.float32)
        )
    result = coco_numbers(found, truths, 4)
    expected = reference(found, truths, 4)
    assert [getattr(result, name) for name in TWELVE] == pytest.approx(expected, abs=1e-9)
    assert not np.isnan(expected).any()
    known = average_precision(found, truths, 4)
    assert result.class_ap == pytest.approx(known.class_ap, abs=1e-12)
    assert result.class_ap50 == pytest.approx(known.class_ap50, abs=1e-12)


def test_a_size_that_no_object_has_is_nan() -> None:
    """One small object, found."""
    result = coco_numbers([detections([[0, 0, 9, 9]], [0.9])], [truth([[0, 0, 9, 9]])], 1)
    assert (result.ap_small, result.ar_1) == (pytest.approx(1), 1)
    assert np.isnan([result.ap_medium, result.ap_large, result.ar_large]).all()


def test_equals_published_numbers(shared_data: Path) -> None:
    """The 100 images of COCO val2014 that the COCO API is shipped with.

    Boxes and areas are float32 here and float64 in the files; the numbers do not feel it.
    """
    folder = shared_data / "oracles" / "coco_val2014_100"
    data = json.loads((folder / "instances_val2014_100.json").read_text())
    results = json.loads((folder / "instances_val2014_fakebbox100_results.json").read_text())
    labels = {category["id"]: i for i, category in enumerate(data["categories"])}
    found, truths = [], []
    # COCO takes tied scores in the order of the image ids.
    for image in sorted(data["images"], key=lambda image: image["id"]):
        own = [a for a in data["annotations"] if a["image_id"] == image["id"]]
        boxes = truth(
            corners(own),
            [labels[a["category_id"]] for a in own],
            [a["iscrowd"] for a in own],
            size=(image["height"], image["width"]),
        )
        truths.append(replace(boxes, area=np.array([a["area"] for a in own], np.float32)))
        own = [r for r in results if r["image_id"] == image["id"]]
        own.sort(key=lambda r: -r["score"])
        found.append(
            detections(
                corners(own), [r["score"] for r in own], [labels[r["category_id"]] for r in own]
            )
        )
    result = coco_numbers(found, truths, len(labels))
    numbers = {name: getattr(result, name) for name in TWELVE}
    assert numbers == pytest.approx(PUBLISHED, abs=1e-9)
    short = average_precision(found, truths, len(labels))
    assert [short.ap, short.ap50, short.ap75] == pytest.approx(
        [PUBLISHED["ap"], PUBLISHED["ap50"], PUBLISHED["ap75"]], abs=1e-9
    )
    ranking = rank(columns(found, truths), len(labels))
    ours = weighted_average_precision(ranking, np.ones((len(truths), 1), np.int64))
    assert mean_over_classes(ours.mean(axis=0))[0] == pytest.approx(PUBLISHED["ap"], abs=1e-9)


def corners(rows: list[dict]) -> np.ndarray:
    """COCO's corner and size as xyxy."""
    boxes = np.array([row["bbox"] for row in rows], np.float64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def test_nothing_found_is_zero_and_nothing_to_find_is_nan(capfd: pytest.CaptureFixture) -> None:
    """The two corners of the definition; and the library keeps silent."""
    nothing_found = average_precision([Detections.none()], [truth([[0, 0, 9, 9]])], 2)
    assert (nothing_found.ap, nothing_found.ap50, nothing_found.ap75) == (0, 0, 0)
    assert nothing_found.class_ap[0] == 0
    assert np.isnan(nothing_found.class_ap[1])
    nothing_there = average_precision([detections([[0, 0, 9, 9]], [0.9])], [truth([])], 2)
    assert np.isnan(nothing_there.ap)
    assert np.isnan(nothing_there.class_ap).all()
    assert np.isnan(coco_numbers([detections([[0, 0, 9, 9]], [0.9])], [truth([])], 2).ar_100)
    assert coco_numbers([Detections.none()], [truth([[0, 0, 9, 9]])], 2).ar_100 == 0
    assert capfd.readouterr() == ("", "")


def test_scores_below_the_floor_do_not_count() -> None:
    """An object found with a score of .0005 is not found."""
    image = truth([[0, 0, 50, 50]])
    assert average_precision([detections([[0, 0, 50, 50]], [0.0005])], [image], 1).ap == 0
    assert average_precision([detections([[0, 0, 50, 50]], [0.002])], [image], 1).ap == (
        pytest.approx(1)
    )
