"""What a comparison claims is what the numbers bear, and it says so in words."""

import json
import math

import numpy as np
import pytest

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.comparison import compare
from objloc.comparison.comparison_files import comparison_record
from objloc.comparison.comparison_text import full_text, short_text
from objloc.errors import ConfigError
from tests.comparison.made_runs import METRIC, made_run, runs_of

BOXES = {
    "bce": [0.900, 0.895, 0.902],
    "giou": [0.940, 0.936, 0.9405],
    "ciou": [0.939, 0.938, 0.940],
    "l1": [0.920, 0.915, 0.919],
}


def closed_form(differences: list[float]) -> float:
    """p of the paired t-test of three seeds."""
    t = np.mean(differences) / (np.std(differences, ddof=1) / math.sqrt(3))
    return float(1 - abs(t) / math.sqrt(2 + t * t))


def test_the_best_is_said_with_what_it_beats_and_what_it_does_not() -> None:
    found = compare(runs_of("loss.box", BOXES), METRIC)
    assert [one.label for one in found.settings] == ["ciou", "giou", "l1", "bce"]
    assert found.keys == ("loss.box",)
    assert found.sentences == (
        "ciou 0.939 ± 0.002 beats l1 0.918 ± 0.007 (p = 0.008) and bce 0.899 ± 0.009 (p = 0.006)",
        "ciou and giou: no difference shown (p = 0.87)",
    )


def test_p_values_are_those_of_the_tests_corrected_for_their_number() -> None:
    found = compare(runs_of("loss.box", BOXES), METRIC)
    raw = {
        "giou": closed_form([-0.001, 0.002, -0.0005]),
        "l1": closed_form([0.019, 0.023, 0.021]),
        "bce": closed_form([0.039, 0.043, 0.038]),
    }
    for test in found.tests:
        assert test.better == "ciou"
        assert test.test.p == pytest.approx(raw[test.other], abs=1e-9)
    assert [test.other for test in found.tests] == ["giou", "l1", "bce"]
    assert len(found.pairs) == 6
    # The best was found by looking: its tests are corrected for all six.
    smallest = min(found.pairs, key=lambda test: test.test.p)
    assert smallest.other == "bce"
    assert smallest.p == pytest.approx(6 * smallest.test.p)


def test_two_settings_that_are_alike() -> None:
    runs = runs_of("optimizer.learning_rate", {"1e-3": [0.9, 0.8, 0.85], "2e-3": [0.89, 0.83, 0.8]})
    found = compare(runs, METRIC)
    p = closed_form([0.01, -0.03, 0.05])
    assert found.sentences == (f"1e-3 and 2e-3: no difference shown (p = {p:.2f})",)


def test_several_that_cannot_be_told_from_the_best_are_said_together() -> None:
    runs = runs_of("k", {"a": [0.9, 0.8, 0.85], "b": [0.89, 0.83, 0.8], "c": [0.8, 0.83, 0.88]})
    [sentence] = compare(runs, METRIC).sentences
    assert sentence.startswith("not told apart from the best, a 0.850 ± 0.124: b (p = ")
    assert " and c (p = " in sentence


def test_less_may_be_better() -> None:
    runs = runs_of("k", {"a": [3.0, 3.1, 3.2], "b": [2.0, 2.12, 2.21]})
    found = compare(runs, METRIC, "min")
    assert found.settings[0].label == "b"
    assert found.sentences[0].startswith("b 2.110 ± ")
    assert " beats a 3.100" in found.sentences[0]
    assert found.tests[0].holds


def test_several_keys_are_named() -> None:
    runs = [
        made_run({"loss.box": box, "seeds": "3", "lr": rate}, seed, value + seed / 100)
        for box, rate, value in (("l1", "1", 0.5), ("l1", "2", 0.6), ("giou", "1", 0.7))
        for seed in range(2)
    ]
    found = compare(runs, METRIC)
    assert found.keys == ("loss.box", "lr")
    assert found.settings[0].label == "loss.box=giou lr=1"


def test_one_seed_each_proves_nothing() -> None:
    found = compare(runs_of("k", {"a": [0.5], "b": [0.9], "c": [0.7]}), METRIC)
    assert found.sentences == (
        f"highest up: b 0.900, then c 0.700 ({METRIC})",
        "one seed each: differences cannot be told from noise; repeat with seeds=3",
    )
    assert all(math.isnan(test.p) and not test.shown for test in found.tests)


def test_a_best_setting_of_few_seeds_is_no_proof() -> None:
    """Its unlucky seeds may be those that were pruned."""
    runs = [
        *runs_of("k", {"a": [0.5, 0.6, 0.7]}),
        made_run({"k": "b"}, 0, 0.8),
        made_run({"k": "b"}, 1, 0.1, "PRUNED", "worse than the median"),
    ]
    text = "\n".join(compare(runs, METRIC).sentences)
    assert "not compared with the best, b 0.800, for want of two shared seeds: a" in text
    assert "with fewer seeds than others: b (1 of 3)" in text
    assert "may flatter b" in text
    assert "of 5 runs left out: 1 pruned" in text


def test_ahead_by_other_seeds_only_is_said() -> None:
    runs = runs_of("k", {"a": [0.5, 0.51, 0.52, 0.99, 0.99], "b": [0.6, 0.612, 0.621]})
    found = compare(runs, METRIC)
    assert found.settings[0].label == "a"
    assert not found.tests[0].holds
    assert "b is better than a under the 3 seeds that both have" in found.sentences[0]


def test_a_seed_that_was_run_twice_is_one_seed() -> None:
    runs = [made_run({"k": "a"}, seed, value) for seed, value in ((0, 0.4), (0, 0.6), (1, 0.9))]
    [setting] = compare(runs, METRIC).settings
    assert setting.by_seed[0] == {0: 0.5, 1: 0.9}
    assert setting.seeds == 2
    assert setting.interval.mean == pytest.approx(0.7)


def test_runs_that_did_not_finish_are_counted_and_listed() -> None:
    runs = [
        *runs_of("k", {"a": [0.5, 0.6], "b": [0.3, 0.2]}),
        made_run({"k": "c"}, 0, 0.9, "PRUNED", "worse than the median"),
        made_run({"k": "d"}, 0, {}, "FAILED", "ValueError: a|b"),
        made_run({"k": "e"}, 0, 0.9, "RUNNING"),
        made_run({"k": "b"}, 2, math.nan),
    ]
    found = compare(runs, METRIC)
    assert [one.label for one in found.settings] == ["a", "b"]
    assert "of 8 runs left out: 1 pruned, 1 failed, 1 running, 1 without a number" in (
        found.sentences
    )
    text = full_text(found, "runs")
    failures = text.partition("## Not finished")[2].splitlines()
    reasons = [line.split(" | ")[3].strip() for line in failures if line.startswith("| ")]
    assert reasons[2:] == ["worse than the median", "ValueError: a\\|b"]
    assert "ValueError" in short_text(found)


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        ([], "there is no run to compare"),
        (
            [made_run({"k": "a"}, 0, {}, "FAILED", "boom")],
            "no run has finished: there is nothing to compare",
        ),
        (
            [made_run({"k": "a"}, 0, {"val/ap": 0.5, "train/loss": 1.0})],
            f"no finished run has a number for {METRIC}; they have val/ap",
        ),
        (
            [made_run({"k": "a"}, seed, 0.5 + seed / 10) for seed in range(2)],
            f"k=a 0.550 ± 0.635 in {METRIC}, 2 seeds; no other to compare",
        ),
    ],
)
def test_nothing_to_compare_is_said_and_written(runs: list[ComparedRun], sentence: str) -> None:
    found = compare(runs, METRIC)
    assert found.sentences[0] == sentence
    assert sentence in full_text(found, "runs")
    json.dumps(comparison_record(found), allow_nan=False)


def test_several_objectives_have_a_front_and_no_best() -> None:
    numbers = {"slow": (0.95, 9.0), "good": (0.94, 3.0), "bad": (0.93, 4.0), "fast": (0.8, 1.0)}
    runs = [
        made_run({"k": name}, seed, {METRIC: iou + seed / 500, "val/milliseconds": time})
        for name, (iou, time) in numbers.items()
        for seed in range(2)
    ]
    found = compare(runs, f"{METRIC},val/milliseconds", "max, min")
    assert [one.label for one in found.settings] == ["slow", "good", "fast", "bad"]
    assert [one.label for one in found.front] == ["slow", "good", "fast"]
    assert found.best is None
    assert found.tests == ()
    assert "3 of 4 settings: slow (0.951 ± 0.013, 9.000 ± 0.000), good (" in found.sentences[0]
    assert "9.000" in full_text(found, "runs")


@pytest.mark.parametrize("mode", ["best", "max,min", ""])
def test_a_mode_that_is_none_is_refused(mode: str) -> None:
    with pytest.raises(ConfigError, match=f"metric={METRIC} with mode={mode}: give"):
        compare([], METRIC, mode)


def test_of_settings_that_are_alike_few_comparisons_of_pairs_show_a_difference() -> None:
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(200):
        numbers = {name: rng.normal(0.9, 0.01, 3).tolist() for name in "abcd"}
        wrong += any(test.shown for test in compare(runs_of("k", numbers), METRIC).pairs)
    assert wrong <= 200 * 0.05 + 3 * math.sqrt(200 * 0.05 * 0.95)


def test_the_text_has_every_number_in_aligned_tables() -> None:
    runs = [
        made_run({"k": name}, seed, {METRIC: value + seed / 100, "test/ap50": 0.5 + seed / 10})
        for name, value in (("a", 0.9), ("b|c", 0.5))
        for seed in range(3)
    ]
    text = full_text(compare(runs, METRIC), "what was compared")
    assert text.startswith("# what was compared\n\n- ")
    lines = [line for line in text.splitlines() if line.startswith("| a ")]
    assert "0.910 ± 0.025" in lines[0]
    assert "0.600" in lines[0]  # the mean of test/ap50
    assert "b\\|c" in text
    for table in text.split("\n\n"):
        if table.startswith("|"):
            assert len({len(line) for line in table.splitlines()}) == 1


def test_the_record_holds_what_the_comparison_found() -> None:
    record = json.loads(
        json.dumps(comparison_record(compare(runs_of("k", BOXES), METRIC)), allow_nan=False)
    )
    assert record["best"] == "ciou"
    assert record["settings"][0]["by_seed"][METRIC] == {"0": 0.939, "1": 0.938, "2": 0.940}
    assert [test["other"] for test in record["tests_with_best"]] == ["giou", "l1", "bce"]
    assert len(record["runs"]) == 12
