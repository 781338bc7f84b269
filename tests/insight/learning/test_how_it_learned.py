"""The section says what the numbers say: curves, sentences, tables."""

from dataclasses import replace

import numpy as np
import pytest

from objloc.insight.finding import Finding
from objloc.insight.learning.how_it_learned import HowItLearned
from objloc.insight.learning.remarks import remarks
from objloc.insight.learning.ridgeline import GRID, density, ridgeline_plot
from objloc.insight.learning.stored import Learning
from objloc.page import Page
from tests.insight.learning import made


def changed(**changes: object) -> Learning:
    """The made-up learning with other measures in every epoch."""
    learning = made.learning()
    epochs = tuple(replace(one, **changes) for one in learning.epochs)
    return Learning(learning.setting, epochs, learning.frames)


def said(learning: Learning, words: str) -> list[str]:
    return [sentence for sentence in remarks(learning) if words in sentence]


def test_lengths_and_angles_of_gradients_by_hand() -> None:
    products = np.array([[[4.0, -2.0], [-2.0, 4.0]], [[5.0, 1.0], [1.0, 0.0]]])
    one = made.measures(1, products=np.concatenate([products, np.zeros((1, 2, 2))]))
    np.testing.assert_allclose(one.part_norms(), [3, 2])
    np.testing.assert_allclose(one.layer_norms(), [2, np.sqrt(7), 0])
    first = np.array([True, False, False])
    np.testing.assert_allclose(one.cosines(first), [[1, -0.5], [-0.5, 1]])
    assert np.isnan(one.cosines(np.array([False, False, True]))).all()


def test_the_excess_is_told_from_the_floor() -> None:
    [sentence] = said(made.learning(), "floor")
    assert "box loss stops at 0.4931" in sentence
    assert "0.4900 of it is its floor" in sentence
    assert "0.0031 is what is left to learn, 0.6%" in sentence
    assert not said(changed(val_floors=np.zeros(2)), "floor")


def test_a_part_that_pulls_alone_is_named() -> None:
    assert not said(made.learning(), "times as long")
    products = np.zeros((3, 2, 2))
    products[0] = [[1600.0, 0.0], [0.0, 1.0]]
    sentences = said(changed(products=products), "times as long")
    assert ["gradient of the box loss is 40 times" in one for one in sentences] == [True, True]


@pytest.mark.parametrize(("shared", "words"), [(-6.0, "against each other"), (6.0, "together")])
def test_parts_that_pull_apart_or_together_are_named(shared: float, words: str) -> None:
    assert not said(made.learning(), "the cosine")
    products = np.zeros((3, 2, 2))
    products[1] = [[16.0, shared], [shared, 9.0]]
    [sentence] = said(changed(products=products), "the cosine")
    assert f"pull {words}: the cosine of their gradients is {shared / 12:.2f}" in sentence
    # Only what the parts share counts.
    products[2], products[1] = products[1], [[16.0, 0.0], [0.0, 9.0]]
    assert not said(changed(products=products), "the cosine")


def test_layers_that_stand_still_or_jump_are_named() -> None:
    assert not said(made.learning(), "weights' length")
    ratios = np.array([1e-6, 1e-3, 5e-2])
    [still] = said(changed(update_ratios=ratios), "hardly")
    assert still.startswith("first hardly moves")
    assert "1e-06" in still
    [jumping] = said(changed(update_ratios=ratios), "far in a step")
    assert jumping.startswith("head/answer moves")
    # Slow in the last epochs alone: that is the learning rate.
    learning = made.learning()
    late = replace(learning.epochs[-1], update_ratios=np.full(3, 1e-7))
    slowed = Learning(learning.setting, (*learning.epochs[:-1], late), learning.frames)
    assert not said(slowed, "hardly")


def test_what_is_known_by_heart_is_named() -> None:
    assert not said(made.learning(), "times that on the training pictures")
    [sentence] = said(changed(val_losses=np.array([0.59, 0.5])), "times that on the training")
    # 5 · 0.1 + 0.5 against 5 · 0.2 / 64 + 1 / 64.
    assert "is 32.0 times" in sentence
    assert "1.000 against 0.031" in sentence


def test_ious_are_told_by_median_and_worst_tenth() -> None:
    [sentence] = said(made.learning(), "median IoU")
    assert "from 0.00 to 0.90" in sentence
    assert "from epoch 2 on" in sentence


def test_the_section_holds_every_curve_and_the_film() -> None:
    finding = HowItLearned(made.learning())
    assert isinstance(finding, Finding) or callable(finding.add_to)
    page = Page("Test")
    finding.add_to(page)
    html = page.html()
    # A loss a part, ridges, gradients, cosines, and layers twice.
    assert html.count('class="drawing"') == 7
    assert "data:image/webp;base64" in html
    for text in ("head/answer", "epoch 3", "0.4900 of it is its floor", "update / weight"):
        assert text in html
    assert "$" not in html.split("<main>")[1].split("<svg")[1]  # no unread formula in a scale


def test_numbers_and_tables() -> None:
    finding = HowItLearned(made.learning())
    metrics = finding.metrics()
    assert metrics["learning/floor_box"] == 0.49
    assert metrics["learning/excess_box"] == pytest.approx(0.2 / 64)
    assert metrics["learning/epochs_to_median_iou_50"] == 2
    tables = finding.tables()
    header, rows = tables["learning/losses"]
    assert len(rows) == 4
    assert rows[3][header.index("val loss box")] == pytest.approx(0.49 + 0.2 / 64)
    header, rows = tables["learning/gradients"]
    assert rows[0] == [0, 4.0, 3.0, 5.0, 0.0, 0.0]
    assert all(len(row) == len(header) for header, rows in tables.values() for row in rows)
    assert {*finding.pictures()} == {"learning/film_first", "learning/film_last"}


def test_a_record_without_an_epoch_is_shown_as_far_as_it_goes() -> None:
    learning = made.learning()
    page = Page("Test")
    finding = HowItLearned(Learning(learning.setting, (), learning.frames))
    finding.add_to(page)
    assert "No epoch was measured" in page.html()
    assert finding.metrics() == {}


def test_a_density_has_the_area_1_also_at_the_edges() -> None:
    for values in (np.zeros(30), np.ones(3), np.linspace(0, 1, 50), np.array([0.5])):
        assert np.trapezoid(density(values), GRID) == pytest.approx(1, abs=0.01)
    assert GRID[np.argmax(density(np.array([0.3, 0.31, 0.29, 0.9])))] == pytest.approx(
        0.3, abs=0.01
    )
    assert not density(np.zeros(0)).any()


def test_a_ridge_for_each_row() -> None:
    svg = ridgeline_plot([np.zeros(4), np.zeros(0), np.ones(2)], ["one", "two", "three"], "IoU")
    assert all(name in svg for name in ("one", "two", "three", "IoU"))
