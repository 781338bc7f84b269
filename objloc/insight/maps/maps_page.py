"""The page's section on where a model looks."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from objloc import boxes as geometry
from objloc.insight.maps import maps_words as words
from objloc.insight.maps.curve_plot import curve_plot
from objloc.insight.maps.map_picture import example_picture, map_picture
from objloc.insight.maps.measured_map import MeasuredMap
from objloc.insight.maps.method import BlackBoxMethod, GradientMethod, Method
from objloc.insight.maps.sanity import verdict
from objloc.insight.subject import SIDES
from objloc.page import Page

if TYPE_CHECKING:
    from objloc.insight.example import Example
    from objloc.insight.maps.maps_finding import MapsFinding

_OPEN = "hires_cam"
"""The gradient method whose maps are not folded; the first one where it was not used."""


def add_maps(page: Page, finding: "MapsFinding") -> None:
    """The section: what was done, the methods compared, every example's maps."""
    page.heading("Where it looks")
    page.paragraph(words.INTRODUCTION)
    if any(isinstance(method, GradientMethod) for method in finding.methods):
        page.paragraph(words.SIDES)
    page.paragraph(words.NO_CONCLUSION)
    if finding.left_out:
        titles = ", ".join(method.title for method in finding.left_out)
        page.paragraph(words.NO_GRADIENTS.format(left_out=titles))
    if finding.one_class:
        page.paragraph(words.ONE_CLASS)
    if not finding.maps:
        page.paragraph("There are no maps.")
        return
    with page.details("The methods"):
        page.table(
            ["method", "what a bright place means", "source"],
            [[method.title, method.about, method.source] for method in finding.methods],
        )
    _compare(page, finding)
    for number, example in enumerate(finding.examples):
        _example(page, finding, number, example)


def _compare(page: Page, finding: "MapsFinding") -> None:
    page.heading("How far to trust the maps", level=3)
    titles = {method.name: method.title for method in finding.methods}
    header = ["method", "mass inside box", "× area", "peak inside", "own side"]
    curves = bool(finding.references)
    header += ["deletion AUC", "insertion AUC"] if curves else []
    header += ["seconds a map"]
    rows: list[list[object]] = []
    for one in (*finding.summaries(), *finding.reference_summaries()):
        row: list[object] = [titles.get(one.name, one.name), _number(one.mass_inside)]
        row += [_number(one.mass_by_area, 1), _number(one.peak_inside), _number(one.own_side)]
        row += [_number(one.deletion), _number(one.insertion)] if curves else []
        rows.append([*row, _number(one.seconds)])
    numeric = range(1, len(header))
    page.table(header, rows, numeric=numeric, caption=words.SUMMARY_CAPTION)
    page.paragraph(words.CHECKS)
    if any(not one.true_box for one in finding.maps):
        page.paragraph(words.UNKNOWN)
    if curves:
        _curves(page, finding, titles)
    if finding.likenesses:
        _sanity(page, finding, titles)


def _curves(page: Page, finding: "MapsFinding", titles: dict[str, str]) -> None:
    page.paragraph(words.CURVES)
    methods = {title: _drawn(finding.maps, name) for name, title in titles.items()}
    names = dict.fromkeys(one.map.method for one in finding.references)
    references = {name: _drawn(finding.references, name) for name in names}
    page.figure(curve_plot("deletion", methods, references), words.DELETION)
    page.figure(curve_plot("insertion", methods, references), words.INSERTION)


def _drawn(maps: Sequence[MeasuredMap], name: str) -> list:
    return [
        one.curves
        for one in maps
        if one.map.method == name and one.curves is not None and one.map.values.any()
    ]


def _sanity(page: Page, finding: "MapsFinding", titles: dict[str, str]) -> None:
    """The verdicts, and below them rank correlations, a column a stage."""
    page.paragraph(words.SANITY)
    page.table(
        ["method", "head shuffled", "everything shuffled", "SSIM", "verdict"],
        [
            [
                titles[one.name],
                _number(one.sanity_head_correlation),
                _number(one.sanity_rank_correlation),
                _number(one.sanity_structural_similarity),
                verdict(one.sanity_rank_correlation, one.sanity_head_correlation),
            ]
            for one in finding.summaries()
        ],
        numeric=range(1, 4),
        caption=words.VERDICT_CAPTION,
    )
    _, rows = finding.sanity_table()
    stages = list(dict.fromkeys(str(row[2]) for row in rows))
    found = {(row[0], row[1], row[2]): row[3] for row in rows}
    keys = list(dict.fromkeys((row[0], row[1]) for row in rows))
    cells, shades = [], []
    for method, quantity in keys:
        values = [found.get((method, quantity, stage), float("nan")) for stage in stages]
        numbers = [value if isinstance(value, float) else math.nan for value in values]
        cells.append([titles[str(method)], quantity, *(_number(one) for one in numbers)])
        shades.append([0.0, 0.0, *(0.0 if math.isnan(one) else max(one, 0.0) for one in numbers)])
    with page.details("Rank correlations, part by part of the model"):
        page.table(
            ["method", "map of", *stages],
            cells,
            numeric=range(2, 2 + len(stages)),
            caption=words.SANITY_CAPTION,
            shades=shades,
        )


def _example(page: Page, finding: "MapsFinding", number: int, example: "Example") -> None:
    page.heading(example.name, level=3)
    page.paragraph(_about(finding, example))
    pictures = [(example_picture(example, finding.class_names), _picture_caption(example))]
    for method in finding.methods:
        if isinstance(method, BlackBoxMethod):
            pictures += _pictures(finding, number, example, method)
    page.pictures(pictures)
    gradient = [one for one in finding.methods if isinstance(one, GradientMethod)]
    shown = next((one for one in gradient if one.name == _OPEN), gradient[0] if gradient else None)
    if shown is not None:
        page.pictures(_pictures(finding, number, example, shown))
    for method in gradient:
        if method is not shown:
            with page.details(method.title):
                page.pictures(_pictures(finding, number, example, method))


def _pictures(
    finding: "MapsFinding", number: int, example: "Example", method: Method
) -> list[tuple[np.ndarray, str]]:
    return [
        (map_picture(example.subject, one.map), _caption(one, method))
        for one in finding.of_example(number, method.name)
    ]


def _caption(one: MeasuredMap, method: Method) -> str:
    side = f"{one.map.quantity} side" if one.map.quantity in SIDES else str(one.map.quantity)
    parts = [f"{method.title}, {side}"]
    if not one.map.values.any():
        parts.append(f"empty: {one.map.note}" if one.map.note else "empty")
        return "; ".join(parts)
    parts.append(f"mass inside the box {_number(one.mass)}")
    if not math.isnan(one.own_side):
        parts.append(f"on its own side {_number(one.own_side)}")
    if one.curves is not None:
        parts.append(
            f"deletion {_number(one.deletion_auc)}, insertion {_number(one.insertion_auc)}"
        )
    if one.map.note:
        parts.append(one.map.note)
    return "; ".join(parts)


def _about(finding: "MapsFinding", example: "Example") -> str:
    subject = example.subject
    counts = "a detection" if example.detected else "below the model's threshold: no detection"
    x1, y1, x2, y2 = subject.box
    text = (
        f"Explained is {finding.class_names[subject.label]} with a score of {subject.score:.2f}, "
        f"{counts}; box from ({x1:.1f}, {y1:.1f}) to ({x2:.1f}, {y2:.1f}) px."
    )
    if example.truth is None:
        return text
    if not len(example.truth):
        return f"{text} There is no object in this picture."
    overlap = float(geometry.iou(example.truth, subject.box[None]).max())
    return f"{text} Its IoU with the object is {overlap:.2f}."


def _picture_caption(example: "Example") -> str:
    if example.truth is None:
        return "The picture as the model sees it, and the explained box in orange"
    return "The picture as the model sees it: the explained box in orange, objects in blue"


def _number(value: float, digits: int = 2) -> str | None:
    """None, shown as a dash, of what is not a number."""
    if math.isnan(value):
        return None
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") and digits > 1 else text
