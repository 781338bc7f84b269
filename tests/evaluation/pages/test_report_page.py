"""The page tells what the report and the analysis say, also where there is little to say."""

import subprocess
import sys

import numpy as np
import pytest

from objloc.evaluation import evaluate
from objloc.evaluation.analysis import Analysis, analyse
from objloc.evaluation.pages import Gallery, report_page
from objloc.evaluation.report import Report
from tests.evaluation.random_sets import random_set
from tests.test_page import Outline

NO_PICTURES = Gallery([], [], "White: what is there.")
SECTIONS = [
    "Numbers",
    "Pictures",
    "Errors",
    "Classes",
    "Confusions",
    "Curves",
    "Scores",
    "COCO and VOC",
    "What was measured",
]


def measured(
    images: int, objects: int, answers: int, names: tuple[str, ...]
) -> tuple[Report, Analysis]:
    rng = np.random.default_rng(0)
    found, truths = random_set(rng, images, objects, answers, classes=len(names), ignored=0.1)
    box = np.array([0.1, 0.1, 0.6, 0.6], np.float32)
    return (
        evaluate(found, truths, names, score_threshold=0.3, mean_box=box),
        analyse(found, truths, names, score_threshold=0.3, resamples=20),
    )


def page_of(
    images: int = 40,
    objects: int = 3,
    answers: int = 4,
    names: tuple[str, ...] = ("cat", "dog", "owl"),
    gallery: Gallery = NO_PICTURES,
) -> tuple[str, Report, Analysis]:
    report, analysis = measured(images, objects, answers, names)
    facts = {"model": "models:/finder@champion", "data": "<pets>"}
    page = report_page("Title", "test split", report, analysis, gallery, facts)
    return page.html(), report, analysis


def test_numbers_stand_on_the_page() -> None:
    html, report, analysis = page_of()
    seen = Outline(html)
    assert seen.texts["h2"] == SECTIONS
    cells = seen.texts["td"]
    for name in ("mean_iou", "localization_accuracy", "ap", "ap50", "ap75"):
        assert f"{report.metrics[name]:.4f}" in cells
        interval = analysis.intervals[name]
        assert f"{interval.low:.3f} to {interval.high:.3f}" in cells
    for baseline in report.baselines.values():
        assert f"{baseline['mean_iou']:.4f}" in cells
    for score in report.classes:
        assert f"{score.ap50:.4f}" in cells
    assert f"{analysis.calibration.ece:.4f}" in html
    assert f"{analysis.coco.ar_100:.4f}" in cells
    assert f"{analysis.voc['11_point'].ap:.4f}" in cells
    assert "<pets>" in cells
    assert len(seen.named("svg")) == 4


def test_the_confusion_matrix_is_coloured_by_its_rows() -> None:
    html, _, analysis = page_of()
    start = html.index("object \\ detection")
    table = html[start : html.index("</table>", start)]
    rows = Outline(f"<table>{table.partition('<tbody>')[2].replace('</tbody>', '')}</table>")
    counts = analysis.confusion.counts
    cells = [int(text) for text in rows.texts["td"] if text.isdigit()]
    assert cells == counts.flatten().tolist()
    shares = (counts / counts.sum(axis=1, keepdims=True)).flatten()
    styles = [cell.get("style") for cell in rows.named("td") if "class" in cell]
    assert styles == [f"--shade:{share:.3f}" if share > 0 else None for share in shares]


def test_pictures_are_shown_with_their_captions() -> None:
    picture = np.zeros((20, 30, 3), np.uint8)
    gallery = Gallery([(picture, "worst one")], [(picture, "other one")], "White: what is there.")
    seen = Outline(page_of(gallery=gallery)[0])
    assert [image["alt"] for image in seen.named("img")] == ["worst one", "other one"]
    assert "White: what is there." in seen.texts["p"]
    assert seen.texts["h3"][:2] == ["The worst", "Others"]


@pytest.mark.parametrize(
    ("images", "objects", "answers", "names"),
    [
        (0, 0, 0, ("cat",)),
        (4, 0, 0, ("cat", "dog")),
        (6, 0, 3, ("cat",)),
        (6, 3, 0, ("cat", "dog")),
        (1, 1, 1, ("cat",)),
    ],
    ids=["no images", "no objects", "only false alarms", "no answers", "one image"],
)
def test_little_data_makes_a_page_too(
    images: int, objects: int, answers: int, names: tuple[str, ...]
) -> None:
    html = page_of(images, objects, answers, names)[0]
    seen = Outline(html)
    assert seen.texts["h2"] == SECTIONS
    shown = {text.strip().lower() for texts in seen.texts.values() for text in texts}
    assert not {"nan", "none", "inf"} & shown


def test_long_tables_are_folded_and_mix_ups_named() -> None:
    names = tuple(f"class {number}" for number in range(25))
    html, _, analysis = page_of(150, 3, 5, names)
    seen = Outline(html)
    assert {"The whole matrix", "By class"} <= set(seen.texts["summary"])
    between = analysis.confusion.counts[:-1, :-1].copy()
    np.fill_diagonal(between, 0)
    row, column = np.unravel_index(between.argmax(), between.shape)
    start = html.index("The most frequent mix-ups")
    first = html[html.index("<tbody>", start) : html.index("</tr>", html.index("<tbody>", start))]
    assert f"<td>{names[row]}</td><td>{names[column]}</td>" in first
    assert f">{between.max()}</td>" in first


def test_evaluation_itself_draws_nothing() -> None:
    """A served model brings evaluation along, and neither matplotlib nor the pages."""
    code = (
        "import sys; from objloc.evaluation import Report, analyse, evaluate; "
        "print([m for m in ('matplotlib', 'objloc.page', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
