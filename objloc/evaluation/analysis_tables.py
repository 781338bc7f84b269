"""An analysis as tables: a header and rows, for a terminal, a page or a run."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from objloc.evaluation.kinds import ERRORS, KINDS, code
from objloc.evaluation.report import metric_title

if TYPE_CHECKING:
    from objloc.evaluation.analysis import Analysis
    from objloc.evaluation.breakdown import Breakdown

Table = tuple[list[str], list[list[object]]]
"""A header and rows of strings and plain numbers (NaN where there is nothing to measure)."""

COCO_TITLES = {
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "ap_small": "AP, small objects",
    "ap_medium": "AP, medium objects",
    "ap_large": "AP, large objects",
    "ar_1": "AR, 1 detection",
    "ar_10": "AR, 10 detections",
    "ar_100": "AR, 100 detections",
    "ar_small": "AR, small objects",
    "ar_medium": "AR, medium objects",
    "ar_large": "AR, large objects",
}
"""What COCO's numbers are called in a table."""

VOC_TITLES = {
    "all_point": "all points (2010)",
    "11_point": "11 points (2007)",
    "all_point_plus_one": "all points, sides + 1 pixel",
    "11_point_plus_one": "11 points, sides + 1 pixel",
}
"""What the forms of VOC's AP are called in a table."""


def tables_of(analysis: Analysis) -> dict[str, Table]:
    """Every table by name, in the order of a page."""
    errors = analysis.errors
    return {
        "intervals": _intervals(analysis),
        "coco": _coco(analysis),
        "voc": _voc(analysis),
        "classes": _classes(analysis),
        "confusion": _confusion(analysis),
        "errors": _errors(analysis),
        "errors_by_size": _breakdown("size", errors.by_size),
        "errors_by_relative_size": _breakdown("share of the picture", errors.by_relative_size),
        "errors_by_position": _breakdown("position", errors.by_position),
        "errors_by_class": _breakdown("class", errors.by_class),
        "calibration": _calibration(analysis),
        "iou_recall": _iou_recall(analysis),
    }


def title(kind: str) -> str:
    """A kind of error as a table calls it."""
    return kind.replace("_", " ")


def _intervals(analysis: Analysis) -> Table:
    rows: list[list[object]] = [
        [metric_title(name), one.value, one.low, one.high]
        for name, one in analysis.intervals.items()
    ]
    return ["metric", "value", "95 % from", "to"], rows


def _coco(analysis: Analysis) -> Table:
    names = [field.name for field in fields(analysis.coco) if field.name in COCO_TITLES]
    return ["metric", "value"], [
        [COCO_TITLES[name], getattr(analysis.coco, name)] for name in names
    ]


def _voc(analysis: Analysis) -> Table:
    header = ["VOC AP at IoU .5", "all classes", *analysis.class_names]
    rows: list[list[object]] = [
        [VOC_TITLES[name], voc.ap, *voc.class_ap.tolist()] for name, voc in analysis.voc.items()
    ]
    return header, rows


def _classes(analysis: Analysis) -> Table:
    names = [field.name for field in fields(analysis.classes[0])] if analysis.classes else []
    header = ["class", "objects", "detections", "precision", "recall", "F1", "AP50", "mean IoU"]
    return header, [[getattr(one, name) for name in names] for one in analysis.classes]


def _confusion(analysis: Analysis) -> Table:
    matrix = analysis.confusion
    rows = zip(matrix.rows, matrix.counts.tolist(), strict=True)
    return ["object \\ detection", *matrix.columns], [[name, *counts] for name, counts in rows]


def _errors(analysis: Analysis) -> Table:
    errors = analysis.errors
    rows: list[list[object]] = []
    for kind in KINDS:
        gains = (
            [errors.localization_accuracy_rise[kind], errors.ap50_rise[kind]]
            if kind in ERRORS
            else [0.0, 0.0]
        )
        count, share = errors.counts[code(kind)], errors.shares[code(kind)]
        rows.append([title(kind), int(count), float(share), *gains])
    return ["kind", "count", "share", "localization accuracy gains", "AP50 gains"], rows


def _breakdown(name: str, breakdown: Breakdown) -> Table:
    header = [name, *(title(kind) for kind in KINDS), "share right"]
    rows: list[list[object]] = []
    for value, counts in zip(breakdown.names, breakdown.counts.tolist(), strict=True):
        share = counts[code("right")] / sum(counts) if sum(counts) else float("nan")
        rows.append([value, *counts, share])
    return header, rows


def _calibration(analysis: Analysis) -> Table:
    one = analysis.calibration
    names = [
        f"{low:.1f} – {high:.1f}" for low, high in np.stack([one.edges[:-1], one.edges[1:]], 1)
    ]
    columns = zip(names, one.count.tolist(), one.score.tolist(), one.right.tolist(), strict=True)
    return ["score", "detections", "mean score", "share right"], [list(row) for row in columns]


def _iou_recall(analysis: Analysis) -> Table:
    curve = analysis.iou_recall
    every = slice(9, None, 10)
    columns = zip(
        curve.iou[every].tolist(),
        curve.found[every].tolist(),
        curve.named[every].tolist(),
        strict=True,
    )
    return ["IoU at least", "found", "found and named"], [list(row) for row in columns]
