"""The report of an evaluation as one HTML page: numbers, curves, errors and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.evaluation.analysis import Analysis
from objloc.evaluation.breakdown import Breakdown
from objloc.evaluation.kinds import KINDS
from objloc.evaluation.pages import plots, words
from objloc.evaluation.report import Report, metric_title
from objloc.page import Page

_FOLDED_FROM = 21
"""Classes from which on long tables are folded."""

_MIX_UPS = 10


@dataclass(frozen=True)
class Gallery:
    """Pictures with truth and answer drawn, each with a caption.

    Attributes:
        worst: those that the model fares worst on.
        random: some of the others.
        legend: what the colours mean.
    """

    worst: Sequence[tuple[UInt8[np.ndarray, "_h _w 3"], str]]
    random: Sequence[tuple[UInt8[np.ndarray, "_h2 _w2 3"], str]]
    legend: str


def report_page(
    title: str,
    subtitle: str,
    report: Report,
    analysis: Analysis,
    gallery: Gallery,
    facts: Mapping[str, object],
) -> Page:
    """The page; `write` it where it is wanted.

    Args:
        title: above the page.
        subtitle: what was measured on what.
        report: headline numbers, baselines and classes.
        analysis: of the same answers.
        gallery: pictures of them.
        facts: name to value: model, data, settings; shown at the end.
    """
    page = Page(title, subtitle)
    _numbers(page, report, analysis)
    _gallery(page, gallery)
    _errors(page, analysis)
    _classes(page, report, analysis)
    _confusion(page, analysis)
    _curves(page, analysis)
    _calibration(page, analysis)
    _standards(page, analysis)
    page.heading("What was measured")
    page.table(["what", "value"], [[name, str(value)] for name, value in facts.items()])
    return page


def _numbers(page: Page, report: Report, analysis: Analysis) -> None:
    page.heading("Numbers")
    order = [name for name in ("mean_box", "whole_image") if name in report.baselines]
    rows = []
    for name, meaning in words.METRICS.items():
        value = report.metrics.get(name, float("nan"))
        interval = analysis.intervals.get(name)
        shown = None
        if interval is not None and not np.isnan(interval.low):
            shown = f"{interval.low:.3f} to {interval.high:.3f}"
        baselines = [_number(report.baselines[one].get(name)) for one in order]
        rows.append([metric_title(name), _number(value), shown, *baselines, meaning])
    header = ["metric", "model", "95 % interval", *(name.replace("_", " ") for name in order)]
    page.table([*header, "meaning"], rows, numeric=range(1, len(header)))
    page.paragraph(words.INTERVAL)
    objects = report.per_image["objects"]
    page.paragraph(
        f"{len(objects)} pictures, {int(np.count_nonzero(objects == 0))} of them without an object "
        f"that counts; {int(objects.sum())} objects. Detections count from a score of "
        f"{analysis.score_threshold:.3f} on."
    )


def _gallery(page: Page, gallery: Gallery) -> None:
    page.heading("Pictures")
    if not gallery.worst and not gallery.random:
        page.paragraph("There are none.")
        return
    page.paragraph(gallery.legend)
    for name, text, pictures in (
        ("The worst", words.WORST, gallery.worst),
        ("Others", words.RANDOM, gallery.random),
    ):
        if pictures:
            page.heading(name, level=3)
            page.paragraph(text)
            page.pictures(pictures)


def _errors(page: Page, analysis: Analysis) -> None:
    errors = analysis.errors
    page.heading("Errors")
    page.figure(plots.error_plot(errors), words.ERRORS)
    rows = [
        [
            kind.replace("_", " "),
            int(count),
            _share(share),
            _number(errors.ap50_rise.get(kind)),
            _number(errors.localization_accuracy_rise.get(kind)),
            words.KINDS[kind],
        ]
        for kind, count, share in zip(KINDS, errors.counts, errors.shares, strict=True)
    ]
    header = ["fate", "count", "share", "AP50 rise", "localization accuracy rise", "meaning"]
    page.table(header, rows, numeric=range(1, 5))
    page.heading("Where it errs", level=3)
    page.paragraph(words.BREAKDOWN)
    _breakdown(page, "size in pixels (COCO's limits: 32², 96²)", errors.by_size)
    _breakdown(page, "share of the picture that the box covers", errors.by_relative_size)
    _breakdown(page, "place of the box's centre", errors.by_position)
    if len(analysis.class_names) < _FOLDED_FROM:
        _breakdown(page, "class", errors.by_class)
    else:
        with page.details("By class"):
            _breakdown(page, "class", errors.by_class)


def _breakdown(page: Page, title: str, breakdown: Breakdown) -> None:
    totals = breakdown.counts.sum(axis=1, keepdims=True)
    shares = breakdown.counts / np.maximum(totals, 1)
    page.table(
        [title, *(kind.replace("_", " ") for kind in KINDS)],
        [
            [name, *(int(one) for one in counts)]
            for name, counts in zip(breakdown.names, breakdown.counts, strict=True)
        ],
        numeric=range(1, len(KINDS) + 1),
        shades=[[0.0, *row] for row in shares],
    )


def _classes(page: Page, report: Report, analysis: Analysis) -> None:
    page.heading("Classes")
    page.paragraph(words.CLASSES)
    header = ["class", "objects", "detections", "precision", "recall", "F1", "mean IoU"]
    rows = [
        [
            detail.name,
            detail.objects,
            detail.detections,
            *(
                _number(value)
                for value in (detail.precision, detail.recall, detail.f1, detail.mean_iou)
            ),
            _number(score.ap50),
            _number(score.ap),
        ]
        for detail, score in zip(analysis.classes, report.classes, strict=True)
    ]
    page.table([*header, "AP50", "AP"], rows, numeric=range(1, 9))


def _confusion(page: Page, analysis: Analysis) -> None:
    matrix = analysis.confusion
    page.heading("Confusions")
    page.paragraph(words.CONFUSION)
    totals = np.maximum(matrix.counts.sum(axis=1, keepdims=True), 1)
    many = len(analysis.class_names) >= _FOLDED_FROM
    mixed_up = matrix.counts.copy()
    np.fill_diagonal(mixed_up, 0)
    mixed_up[-1], mixed_up[:, -1] = 0, 0
    if many and mixed_up.any():
        largest = np.argsort(-mixed_up, axis=None, kind="stable")[:_MIX_UPS]
        pairs = [np.unravel_index(flat, mixed_up.shape) for flat in largest]
        page.table(
            ["what it is", "what it is taken for", "times"],
            [
                [matrix.rows[row], matrix.columns[column], int(mixed_up[row, column])]
                for row, column in pairs
                if mixed_up[row, column]
            ],
            numeric=[2],
            caption="The most frequent mix-ups",
        )
    table = (
        ["object \\ detection", *matrix.columns],
        [
            [name, *(int(one) for one in counts)]
            for name, counts in zip(matrix.rows, matrix.counts, strict=True)
        ],
    )
    shades = [[0.0, *row] for row in matrix.counts / totals]
    numeric = range(1, len(matrix.columns) + 1)
    if many:
        with page.details("The whole matrix"):
            page.table(*table, numeric=numeric, shades=shades)
    else:
        page.table(*table, numeric=numeric, shades=shades)


def _curves(page: Page, analysis: Analysis) -> None:
    page.heading("Curves")
    page.heading("Precision and recall", level=3)
    page.figure(plots.precision_recall_plot(analysis.precision_recall), words.PRECISION_RECALL)
    page.heading("How exact boxes are", level=3)
    page.figure(plots.iou_recall_plot(analysis.iou_recall), words.IOU_RECALL)


def _calibration(page: Page, analysis: Analysis) -> None:
    calibration = analysis.calibration
    page.heading("Scores")
    page.paragraph(
        f"Expected calibration error: {_number(calibration.ece) or '–'} over bins of equal width, "
        f"{_number(calibration.adaptive_ece) or '–'} over bins with equally many detections."
    )
    page.figure(plots.reliability_plot(calibration), words.CALIBRATION)


def _standards(page: Page, analysis: Analysis) -> None:
    """The numbers that others publish, to compare with."""
    page.heading("COCO and VOC")
    with page.details("Numbers as these benchmarks count them"):
        for name, caption in (
            ("coco", "COCO's twelve; small is below 32² pixels, large from 96² on"),
            ("voc", "PASCAL VOC's AP at IoU .5, by its four ways of counting"),
        ):
            header, rows = analysis.tables()[name]
            cells = [[_number(c) if isinstance(c, float) else c for c in row] for row in rows]
            page.table(header, cells, numeric=range(1, len(header)), caption=caption)


def _number(value: float | None) -> str | None:
    """Four digits; None, which a table shows as a dash, where there is no number."""
    return None if value is None or np.isnan(value) else f"{value:.4f}"


def _share(value: float) -> str | None:
    return None if np.isnan(value) else f"{value:.1%}"
