"""AP against pycocotools and against published numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from objloc.data.truth import Truth
from objloc.evaluation import Detections, average_precision
from tests.evaluation.random_sets import detections, random_set, truth

ORACLE = Path(__file__).parents[3] / "shared" / "data" / "oracles" / "coco_val2014_100"


def reference(found: list[Detections], truths: list[Truth], classes: int) -> list[float]:
    """AP, AP50 and AP75 as pycocotools counts them."""
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
    return scorer.stats[:3].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_equals_pycocotools(seed: int) -> None:
    """Several classes and objects an image, tied scores, and ignored boxes in half of the sets."""
    found, truths = random_set(
        np.random.default_rng(seed), 60, 4, 12, classes=4, ignored=0.2 * (seed % 2)
    )
    result = average_precision(found, truths, 4)
    expected = reference(found, truths, 4)
    assert [result.ap, result.ap50, result.ap75] == pytest.approx(expected, abs=1e-9)
    assert np.nanmean(result.class_ap) == pytest.approx(result.ap, abs=1e-9)
    assert np.nanmean(result.class_ap50) == pytest.approx(result.ap50, abs=1e-9)


@pytest.mark.skipif(not ORACLE.is_dir(), reason=f"no reference data in {ORACLE}")
def test_equals_published_numbers() -> None:
    """The 100 images of COCO val2014 that the COCO API is shipped with."""
    data = json.loads((ORACLE / "instances_val2014_100.json").read_text())
    results = json.loads((ORACLE / "instances_val2014_fakebbox100_results.json").read_text())
    labels = {category["id"]: i for i, category in enumerate(data["categories"])}
    found, truths = [], []
    # COCO takes tied scores in the order of the image ids.
    for image in sorted(data["images"], key=lambda image: image["id"]):
        own = [a for a in data["annotations"] if a["image_id"] == image["id"]]
        truths.append(
            truth(
                corners(own),
                [labels[a["category_id"]] for a in own],
                [a["iscrowd"] for a in own],
                size=(image["height"], image["width"]),
            )
        )
        own = [r for r in results if r["image_id"] == image["id"]]
        own.sort(key=lambda r: -r["score"])
        found.append(
            detections(
                corners(own), [r["score"] for r in own], [labels[r["category_id"]] for r in own]
            )
        )
    result = average_precision(found, truths, len(labels))
    published = [0.5045806987, 0.6969727247, 0.5729816670]
    assert [result.ap, result.ap50, result.ap75] == pytest.approx(published, abs=1e-9)


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
    assert capfd.readouterr() == ("", "")


def test_scores_below_the_floor_do_not_count() -> None:
    """An object found with a score of .0005 is not found."""
    image = truth([[0, 0, 50, 50]])
    assert average_precision([detections([[0, 0, 50, 50]], [0.0005])], [image], 1).ap == 0
    assert average_precision([detections([[0, 0, 50, 50]], [0.002])], [image], 1).ap == (
        pytest.approx(1)
    )
