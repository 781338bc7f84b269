"""The result of an evaluation: the numbers, tables of them, and what became of each image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

_TITLES = {
    "mean_iou": "mean IoU",
    "localization_accuracy": "localization accuracy",
    "class_accuracy": "class accuracy",
    "presence_accuracy": "presence accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "iou_p05": "IoU, 5 % quantile",
    "iou_p25": "IoU, 25 % quantile",
    "iou_p50": "IoU, median",
    "iou_p75": "IoU, 75 % quantile",
    "iou_p95": "IoU, 95 % quantile",
    "iou_over_50": "share of IoU ≥ .5",
    "iou_over_75": "share of IoU ≥ .75",
    "iou_over_90": "share of IoU ≥ .9",
    "score_threshold": "score threshold",
    "images_per_second": "images/s",
}


def metric_title(name: str) -> str:
    """What a metric is called where people read it."""
    return _TITLES.get(name, name.replace("_", " "))


@dataclass(frozen=True)
class ClassScore:
    """How one class fares; NaN where the class has no object.

    Attributes:
        name: of the class.
        objects: how many there are.
        mean_iou: over them, at the score threshold.
        found: share of them found with IoU >= .5 and the right label.
        ap: COCO's, over IoU .5 to .95.
        ap50: COCO's, at IoU .5.
    """

    name: str
    objects: int
    mean_iou: float
    found: float
    ap: float
    ap50: float


@dataclass(frozen=True)
class Report:
    """What `evaluate` measured.

    Attributes:
        metrics: name to number, without a split's prefix.
        baselines: `whole_image` and, if given, `mean_box`: their IoU metrics under the same names.
        classes: one row a class.
        per_image: arrays (I,): `image_id`; `objects`, their number; `detections`, how many there
            are over the threshold, those on boxes marked "ignore" left out; `found`, how many of
            them find an object with its class; `iou`, the objects' mean IoU (NaN without objects);
            `label` and `score` of the best detection over the threshold (-1 and 0 without one);
            `right`, as localization accuracy counts.
    """

    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    classes: Sequence[ClassScore]
    per_image: Mapping[str, np.ndarray]

    def worst_first(self) -> Int64[np.ndarray, " i"]:
        """Indices of the images: by rising F1 of their objects, then by rising IoU.

        So with one object at most and one detection: the wrong ones first. False alarms have an
        IoU of 0.
        """
        each = self.per_image
        # An empty image has neither: as bad as can be if something was detected, else perfect.
        total = each["objects"] + each["detections"]
        f1 = np.where(total > 0, 2 * each["found"] / np.maximum(total, 1), 1.0)
        iou = np.where(np.isnan(each["iou"]), total == 0, each["iou"])
        return np.lexsort((np.arange(len(iou)), iou, f1)).astype(np.int64)

    def as_markdown(self) -> str:
        """Two tables in Markdown: the model beside the baselines, and the classes."""
        return "\n".join(
            f"{_markdown_table(rows)}\n" for rows in (self._metric_rows(), self._class_rows())
        )

    def as_text(self) -> str:
        """The same tables for a terminal."""
        return "\n".join(
            f"{_text_table(rows)}\n" for rows in (self._metric_rows(), self._class_rows())
        )

    def _metric_rows(self) -> list[list[str]]:
        """Header and rows: a metric, the model's number, each baseline's."""
        order = [name for name in ("mean_box", "whole_image") if name in self.baselines]
        rows = [["metric", "model", *(name.replace("_", " ") for name in order)]]
        for name, title in _TITLES.items():
            if name in self.metrics:
                others = [_number(name, self.baselines[one].get(name)) for one in order]
                rows.append([title, _number(name, self.metrics[name]), *others])
        images = len(self.per_image["objects"])
        empty = int(np.count_nonzero(self.per_image["objects"] == 0))
        rows.append(["images (without object)", f"{images} ({empty})", *("" for _ in order)])
        return rows

    def _class_rows(self) -> list[list[str]]:
        """Header and rows: a class and its numbers."""
        rows = [["class", "objects", "mean IoU", "found", "AP", "AP50"]]
        for score in self.classes:
            numbers = (score.mean_iou, score.found, score.ap, score.ap50)
            rows.append([score.name, str(score.objects), *(_number("", one) for one in numbers)])
        return rows


def _number(name: str, value: float | None) -> str:
    """A number as a table shows it."""
    if value is None:
        return ""
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if name == "images_per_second" else f"{value:.4f}"


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table, numbers to the right."""
    rule = ["---", *("---:" for _ in rows[0][1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])


def _text_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns, numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "─" * max(len(line) for line in lines))
    return "\n".join(lines)
