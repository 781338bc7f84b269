"""Drawings are whole, name what they show, and leave out what cannot be shown."""

import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from objloc.comparison.comparison import Comparison, compare
from objloc.comparison.comparison_files import write_comparison
from objloc.comparison.comparison_page import comparison_page
from objloc.comparison.comparison_plots import comparison_plots
from objloc.comparison.importance import key_importance
from objloc.comparison.key_scale import KeyScale
from objloc.comparison.parallel_plot import parallel_plot
from tests.comparison.made_runs import METRIC, made_run, runs_of

TIME = "val/milliseconds"


def searched(settings: int = 10, seeds: int = 2) -> Comparison:
    """A sweep whose metric hangs on the learning rate, hardly on the head, not on the width."""
    rng = np.random.default_rng(1)
    runs = []
    for trial in range(settings):
        rate = 10 ** rng.uniform(-4, -1)
        values = {
            "optimizer.learning_rate": f"{rate:.3g}",
            "head": str(rng.choice(["grid", "ssd"])),
            "head.width": str(rng.choice([16, 32, 64])),
        }
        if trial == 3:
            runs.append(made_run(values, 0, 0.2, "PRUNED", "worse than the median"))
        for seed in range(seeds):
            value = 0.9 - 0.1 * (math.log10(rate) + 2.5) ** 2 + 0.002 * rng.normal()
            runs.append(made_run(values, seed, {METRIC: value, TIME: 1 + rng.random()}))
    return compare(runs, METRIC)


def texts(svg: str) -> list[str]:
    """Every text of a drawing; fails if it is no XML."""
    root = ElementTree.fromstring(svg[svg.index("<svg") :])
    return [
        "".join(one.itertext()).strip() for one in root.iter("{http://www.w3.org/2000/svg}text")
    ]


def test_settings_stand_below_each_other_with_their_names() -> None:
    drawn = comparison_plots(compare(runs_of("box", {"$giou$": [0.9, 0.8], "l1": [0.7]}), METRIC))
    assert len(drawn) == 1
    svg, caption = drawn[0]
    assert {"$giou$", "l1", "val mean IoU"} <= set(texts(svg))
    assert "val mean IoU" in caption
    assert "box" in caption
    assert "var(--series-2)" in svg  # the best, in a colour that both schemes have


def test_a_sweep_has_importance_and_parallel_coordinates() -> None:
    found = searched()
    settings, importance, parallel = (svg for svg, _ in comparison_plots(found))
    assert "optimizer.learning_rate" in texts(importance)
    assert {"head", "grid", "ssd", "val mean IoU"} <= set(texts(parallel))
    assert len([one for one in texts(settings) if ", " in one]) == 10
    assert "var(--paper)" in parallel


def test_pruned_runs_end_before_the_metric() -> None:
    found = searched()
    without = compare([run for run in found.runs if run.outcome != "PRUNED"], METRIC)
    grey = "stroke: #8b8b8b"
    assert parallel_plot(found, found.keys).count(grey) == 1
    assert grey not in parallel_plot(without, found.keys)


def test_the_key_that_matters_is_named_first_and_the_same_every_time() -> None:
    found = searched()
    shares = key_importance(found)
    assert next(iter(shares)) == "optimizer.learning_rate"
    assert sum(shares.values()) == pytest.approx(1)
    assert key_importance(found) == shares


def test_importance_is_left_out_where_it_would_say_nothing() -> None:
    one_key = compare(runs_of("k", {name: [0.5, 0.6] for name in "abcdef"}), METRIC)
    alike = [made_run({"a": str(n % 3), "b": str(n % 2)}, 0, 0.5) for n in range(6)]
    for found in (one_key, searched(3), compare(alike, METRIC), compare([], METRIC)):
        assert key_importance(found) == {}
        comparison_plots(found)


def test_two_objectives_have_their_front_drawn() -> None:
    found = compare(searched().runs, f"{METRIC},{TIME}", "max,min")
    drawn = comparison_plots(found)
    assert "Pareto" not in drawn[0][0]
    assert {"val mean IoU (max)", "val milliseconds (min)"} <= set(texts(drawn[0][0]))
    assert len(drawn) == 4  # both objectives' means, and the parallel coordinates


@pytest.mark.parametrize("mode", ["max", "min"])
def test_the_best_line_ends_highest(mode: str) -> None:
    runs = runs_of("a", {"1": [0.2], "2": [0.5], "3": [0.7]})
    text = texts(parallel_plot(compare(runs, METRIC, mode), ["a"]))
    ends = [one for one in text if one in ("0.2", "0.7")]
    assert ends == (["0.2", "0.7"] if mode == "max" else ["0.7", "0.2"])  # from below


@pytest.mark.parametrize(
    ("values", "places", "logarithmic"),
    [
        (["1", "2", "3"], {"1": 0, "2": 0.5, "3": 1}, False),
        (["1e-4", "0.01", "0.001"], {"1e-4": 0, "0.001": 0.5, "0.01": 1}, True),
        (["-1", "100", "0"], {"-1": 0, "100": 1}, False),
        (["giou", "bce", "l1"], {"bce": 0, "giou": 0.5, "l1": 1}, False),
        (["16", "8", "unset"], {"8": 0, "16": 0.5, "unset": 1}, False),
        (["5"], {"5": 0}, False),
        (["nan", "1"], {"1": 0, "nan": 1}, False),
    ],
)
def test_values_have_places(values: list[str], places: dict[str, float], logarithmic: bool) -> None:
    scale = KeyScale(values)
    assert {value: scale.place(value) for value in places} == pytest.approx(places)
    assert scale.logarithmic is logarithmic


def test_many_numbers_have_few_ticks_in_logarithmic_steps() -> None:
    ticks = KeyScale([str(10**-power) for power in range(9)]).ticks()
    assert [name for _, name in ticks] == ["1e-08", "1e-06", "0.0001", "0.01", "1"]
    assert [place for place, _ in ticks] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_the_page_is_one_file_with_everything(tmp_path: Path) -> None:
    found = searched()
    write_comparison(found, tmp_path, "learning rates", "20 runs")
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    for text in (found.settings[0].label, "worse than the median", found.runs[0].run_id):
        assert text in page
    assert {one.name for one in tmp_path.iterdir()} == {
        "comparison.html",
        "comparison.json",
        "comparison.md",
    }
    drawn = comparison_plots(found)[:1]
    assert comparison_page(found, "title", plots=drawn).html().count("<svg") == 1
