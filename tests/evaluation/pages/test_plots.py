"""The drawings are right where data is, and say so where none is."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import matplotlib
import numpy as np
import pytest

from objloc.evaluation.analysis import Analysis, analyse
from objloc.evaluation.pages import plots
from objloc.page_style import SERIES, STYLE
from tests.evaluation.random_sets import random_set

Plot = Callable[[Analysis], str]
PLOTS: dict[str, Plot] = {
    "precision and recall": lambda a: plots.precision_recall_plot(a.precision_recall),
    "IoU and recall": lambda a: plots.iou_recall_plot(a.iou_recall),
    "reliability": lambda a: plots.reliability_plot(a.calibration),
    "errors": lambda a: plots.error_plot(a.errors),
}
NAMES = ("a < b", "$x_1^2$", "_hidden & seen")


def analysis(images: int, objects: int, answers: int, names: tuple[str, ...] = NAMES) -> Analysis:
    rng = np.random.default_rng(0)
    found, truths = random_set(rng, images, objects, answers, classes=len(names))
    return analyse(found, truths, names, score_threshold=0.3, resamples=0)


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg[svg.index("<svg") :])
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("}text")]


def line(svg: str, colour: str) -> list[tuple[float, float]]:
    """The longest path of a colour, in the drawing's units, y pointing up."""
    paths = re.findall(rf'<path d="([^"]*)"[^>]*stroke: var\(--{colour}\)', svg)
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", max(paths, key=len))]
    return [(x, -y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_the_same_data_gives_the_same_drawing_without_a_date(plot: Plot) -> None:
    some = analysis(20, 3, 4)
    before = dict(matplotlib.rcParams)
    svg = plot(some)
    assert svg == plot(some)
    assert "<dc:date>" not in svg
    assert dict(matplotlib.rcParams) == before, "other people's drawings look as they did"


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_colours_are_those_of_the_page(plot: Plot) -> None:
    svg = plot(analysis(20, 3, 4))
    body = svg[svg.index("<svg") :]
    assert "currentColor" in body
    assert "#010203" not in body
    for name in re.findall(r"var\(--([\w-]+)\)", body):
        assert f"--{name}: {SERIES[name]};" in STYLE
        assert STYLE.count(f"--{name}:") == 2, "one colour for light pages and one for dark ones"
    assert not set(SERIES.values()) & set(re.findall(r"#[0-9a-f]{6}", body))


def test_names_are_shown_as_they_are() -> None:
    shown = " ".join(texts(PLOTS["precision and recall"](analysis(60, 3, 4))))
    for name in NAMES:
        assert f"{name}: AP" in shown


def test_many_classes_have_no_curves_of_their_own() -> None:
    names = tuple(f"class {i}" for i in range(12))
    shown = texts(PLOTS["precision and recall"](analysis(60, 3, 4, names)))
    assert not [text for text in shown if text.startswith("class ")]
    assert len([text for text in shown if text.startswith("all classes pooled")]) == 2


def test_a_curve_stands_where_its_numbers_are() -> None:
    some = analysis(60, 3, 4)
    drawn = np.array(line(PLOTS["IoU and recall"](some), "series-1"))
    # Up to where the axes are: straight lines from numbers to the drawing.
    x, y = some.iou_recall.iou, some.iou_recall.found
    drawn_y = np.interp(
        x,
        np.linspace(x[0], x[-1], 1000),
        np.interp(np.linspace(drawn[0, 0], drawn[-1, 0], 1000), drawn[:, 0], drawn[:, 1]),
    )
    slope, offset = np.polyfit(y, drawn_y, 1)
    assert slope > 0
    np.testing.assert_allclose(slope * y + offset, drawn_y, atol=0.02 * abs(slope))


def test_bars_of_errors_tell_their_counts() -> None:
    some = analysis(40, 3, 4)
    shown = texts(PLOTS["errors"](some))
    for count, share in zip(some.errors.counts, some.errors.shares, strict=True):
        assert f"{count} ({share:.1%})" in shown


@pytest.mark.parametrize(("images", "objects", "answers"), [(0, 0, 0), (3, 0, 0), (5, 0, 3)])
def test_nothing_to_measure_is_said(images: int, objects: int, answers: int) -> None:
    empty = analysis(images, objects, answers)
    for name, plot in PLOTS.items():
        svg = plot(empty)
        assert "nan" not in svg.lower(), name
        assert texts(svg), name
    for name in ("precision and recall", "IoU and recall"):
        assert "nothing to measure" in texts(PLOTS[name](empty))
    assert ("nothing to measure" in texts(PLOTS["reliability"](empty))) == (answers == 0)
