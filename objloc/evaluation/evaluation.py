"""The one evaluation function: detections and truths in, every reported number out."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32, Float64

from objloc.data.truth import Truth
from objloc.evaluation.baselines import WHOLE_IMAGE, always
from objloc.evaluation.coco_evaluation import average_precision
from objloc.evaluation.detections import Detections
from objloc.evaluation.image_answers import (
    found_with_class,
    localized,
    mean,
    named,
    presence_told,
)
from objloc.evaluation.matching import Matches, match
from objloc.evaluation.report import ClassScore, Report

QUANTILES = {"iou_p05": 0.05, "iou_p25": 0.25, "iou_p50": 0.5, "iou_p75": 0.75, "iou_p95": 0.95}
SHARES = {"iou_over_50": 0.5, "iou_over_75": 0.75, "iou_over_90": 0.9}


def evaluate(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    class_names: Sequence[str],
    *,
    score_threshold: float,
    mean_box: Float32[np.ndarray, "4"] | None = None,
    images_per_second: float | None = None,
) -> Report:
    """Measures detections against the truth; both in the original images' pixels.

    The metrics, all but AP at `score_threshold`, boxes marked "ignore" left out of all of them:

    - `mean_iou`: over objects, IoU with the detection that answers for the object (see
      `objloc.evaluation.matching`), 0 if none does. Images without objects do not count.
    - `iou_p05` … `iou_p95`: quantiles of the same IoUs; `iou_over_50`, `_75`, `_90`: the share of
      them that is at least .5, .75, .9.
    - `localization_accuracy`: the share of images that are right: every object found with IoU >= .5
      and its class, and nothing else detected. An image without objects is right when nothing is.
    - `class_accuracy`: over images with an object, the share where the best detection, whatever
      its score, has the class of the object that it overlaps most. Measures naming alone; wrong
      where nothing at all was put out.
    - `presence_accuracy`: the share of images where "something detected" equals "has an object".
      Images whose only boxes are marked "ignore" do not count.
    - `precision`: the share of the detections that is right: IoU >= .5 with an object that no other
      one answers for, and its class. `recall`: the share of the objects that is found so. `f1`:
      their harmonic mean, 2 · right / (objects + detections).
    - `ap`, `ap50`, `ap75`: COCO's, with a score floor of .001 in place of the threshold.
    - `mean_box_iou`, `whole_image_iou`: `mean_iou` of always answering that box.

    A metric without anything to measure is NaN.

    Args:
        detections: one entry an image, at every score.
        truths: the same images' truth.
        class_names: names of the labels 0..C-1.
        score_threshold: from which score on a detection counts.
        mean_box: normalised, of the training set (`objloc.evaluation.mean_box`), or None to leave
            that baseline out.
        images_per_second: of inference, to report along.

    Raises:
        ValueError: the two sequences differ in length.
    """
    kept = [found.over(score_threshold) for found in detections]
    matches = match(kept, truths)
    right = localized(matches, len(truths))
    boxes = {"whole_image": WHOLE_IMAGE} | ({} if mean_box is None else {"mean_box": mean_box})
    baselines = {
        name: _iou_statistics(match(always(box, truths), truths).object_iou)
        for name, box in boxes.items()
    }
    precision = average_precision(detections, truths, len(class_names))
    metrics = {
        **_iou_statistics(matches.object_iou),
        "localization_accuracy": mean(right),
        "class_accuracy": mean(named(detections, truths)),
        "presence_accuracy": mean(presence_told(kept, truths)),
        **_found_statistics(matches),
        "ap": precision.ap,
        "ap50": precision.ap50,
        "ap75": precision.ap75,
        **{f"{name}_iou": statistics["mean_iou"] for name, statistics in baselines.items()},
        "score_threshold": float(score_threshold),
    }
    if images_per_second is not None:
        metrics["images_per_second"] = float(images_per_second)
    found = found_with_class(matches)
    classes = tuple(
        ClassScore(
            name=name,
            objects=int(np.count_nonzero(of_class := matches.object_label == label)),
            mean_iou=mean(matches.object_iou[of_class]),
            found=mean(found[of_class]),
            ap=float(precision.class_ap[label]),
            ap50=float(precision.class_ap50[label]),
        )
        for label, name in enumerate(class_names)
    )
    return Report(
        metrics=metrics,
        baselines=baselines,
        classes=classes,
        per_image=_per_image(matches, kept, truths, right),
    )


def _iou_statistics(ious: Float64[np.ndarray, " m"]) -> dict[str, float]:
    """Mean, quantiles and shares of the objects' IoUs."""
    quantiles = np.quantile(ious, list(QUANTILES.values())) if len(ious) else [np.nan] * 5
    return {
        "mean_iou": mean(ious),
        **{name: float(value) for name, value in zip(QUANTILES, quantiles, strict=True)},
        **{name: mean(ious >= limit) for name, limit in SHARES.items()},
    }


def _found_statistics(matches: Matches) -> dict[str, float]:
    """Precision, recall and F1, over all classes."""
    right = int(np.count_nonzero(matches.right()))
    detections = int(np.count_nonzero(~matches.detection_aside))
    objects = len(matches.object_label)
    return {
        "precision": _share(right, detections),
        "recall": _share(right, objects),
        "f1": _share(2 * right, objects + detections),
    }


def _share(part: int, whole: int) -> float:
    """Part of a whole; NaN of nothing."""
    return part / whole if whole else float("nan")


def _per_image(
    matches: Matches, kept: Sequence[Detections], truths: Sequence[Truth], right: np.ndarray
) -> Mapping[str, np.ndarray]:
    """What became of each image (see `Report.per_image`)."""
    images = len(truths)
    objects = np.bincount(matches.object_image, minlength=images)
    total = np.bincount(matches.object_image, weights=matches.object_iou, minlength=images)
    counted = ~matches.detection_aside
    return {
        "image_id": np.array([truth.image_id for truth in truths]),
        "objects": objects,
        "detections": np.bincount(matches.detection_image[counted], minlength=images),
        "found": np.bincount(matches.detection_image[matches.right()], minlength=images),
        "iou": np.where(objects > 0, total / np.maximum(objects, 1), np.nan),
        "label": np.array([found.labels[0] if len(found) else -1 for found in kept], np.int64),
        "score": np.array([found.scores[0] if len(found) else 0.0 for found in kept], np.float64),
        "right": right,
    }
