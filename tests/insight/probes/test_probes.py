"""Probes of models whose faults are known."""

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objloc.data import BatchForm, SampleSource, SplitName
from objloc.data.matched_classes import MatchedClasses
from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.probes.overview import good_range, most_imagined, worst
from objloc.insight.probes.probes import PROBES, run_probes
from objloc.insight.probes.probes_finding import ProbesFinding
from objloc.page import Page
from tests.conftest import fresh_python
from tests.insight.probes.oracle import Oracle, oracle
from tests.insight.trained import SIDE, white_boxes

FEW: dict[str, Any] = {
    "scenes_per_value": 8,
    "places": 5,
    "objects_per_place": 8,
    "shifted_objects": 4,
}


@cache
def all_of_a_perfect_model() -> ProbesFinding:
    return run_probes(oracle(), white_boxes(), **FEW)


def test_a_perfect_model_is_found_perfect() -> None:
    finding = all_of_a_perfect_model()
    by_name = {one.curve.condition.name: one.curve for one in finding.curves}
    for name in ("size", "rotation", "border"):
        assert (by_name[name].overlap == 1).all(), name
        assert by_name[name].found.all(), name
    assert finding.position is not None
    assert (finding.position.overlap == 1).all()
    assert (finding.position.offset == 0).all()
    assert finding.blind_spots == []
    assert finding.shift is not None
    assert finding.shift.error().value == 0
    assert set(finding.shift.by_period().values()) == {0.0}
    for one in finding.smallest:
        assert one.is_smallest_tried
        assert one.size.value == one.size.low == one.size.high == 4
    metrics = finding.metrics()
    assert metrics["probe/smallest_object_px"] == 4
    assert metrics["probe/equivariance_error_px"] == 0
    assert metrics["probe/position_worst_recall"] == 1


def test_what_no_threshold_can_see_shows_in_the_curves() -> None:
    # White times 1/2 or less is under the oracle's threshold of 128.
    by_name = {one.curve.condition.name: one.curve for one in all_of_a_perfect_model().curves}
    faded = by_name["object_contrast"]
    seen = dict(zip(faded.values, faded.found.mean(axis=1), strict=True))
    assert {value: share for value, share in seen.items() if value <= 0.5} == dict.fromkeys(
        [0.02, 0.05, 0.1, 0.2, 0.35, 0.5], 0.0
    )
    assert (seen[0.75], seen[1.0]) == (1.0, 1.0)
    # A mean of three channels has 15 % / √3 = 22 of noise, 5.8 times below the threshold; 30 % has
    # 44, which about 4 of 2,304 pixels exceed: a box over all the picture, also where it is empty.
    noisy = by_name["noise"]
    recall = dict(zip(noisy.values, noisy.found.mean(axis=1), strict=True))
    assert all(recall[value] == 1 for value in (0, 2, 4, 6, 10))
    assert recall[30] < 0.3
    share, where = most_imagined(noisy)
    assert (share > 0.8, where) == (True, "30 %")
    assert good_range(noisy) in ("0 to 15 %", "0 to 20 %")
    assert worst(noisy)[1] == "30 %"
    # 75 % of white is over the threshold, so that a picture so bright is white all over.
    bright = by_name["brightness"]
    assert not bright.found[bright.values.index(75)].any()
    assert bright.imagined[bright.values.index(75)].all()
    assert not bright.imagined[bright.values.index(35)].any()


def test_a_stride_shows_as_an_error_that_repeats() -> None:
    squares = Scenes(sprites="rectangles", image_size=SIDE, min_size=16, max_size=16)
    finding = run_probes(oracle(stride=8), squares, probes=["shift"], shifted_objects=3)
    shift = finding.shift
    assert shift is not None
    # Left at 16, right at 32. Moved by k, both are k mod 8 past a multiple of 8, and the box lags
    # by that: 0 to 7 pixels, 3.5 on the mean.
    expected = [k % 8 for k in range(-16, 16)]
    np.testing.assert_allclose(shift.by_shift(), [expected, expected], atol=1e-5)
    assert shift.error().value == pytest.approx(3.5)
    # A sawtooth of 8 steps has the power 1 / (4 sin²(π m / 8)) at its m-th harmonic.
    power = [1 / (4 * math.sin(math.pi * m / 8) ** 2) for m in range(1, 8)]
    periods = shift.by_period()
    assert periods[2] ** 2 == pytest.approx(power[3], abs=1e-5)
    assert periods[4] ** 2 == pytest.approx(power[1] + power[5], abs=1e-5)
    assert periods[8] ** 2 == pytest.approx(sum(power[::2]), abs=1e-5)
    assert periods[16] == pytest.approx(0, abs=1e-5)
    assert periods[32] == pytest.approx(0, abs=1e-5)
    assert finding.metrics()["probe/equivariance_error_px"] == pytest.approx(3.5)


def test_the_smallest_object_is_found_to_the_pixel() -> None:
    def at_least_10(box: tuple[int, int, int, int]) -> bool:
        return max(box[2] - box[0], box[3] - box[1]) >= 10

    finding = run_probes(oracle(sees=at_least_10), white_boxes(), probes=["size"], **FEW)
    assert [one.size.value for one in finding.smallest] == [10, 10]
    assert [(one.size.low, one.size.high) for one in finding.smallest] == [(10, 10), (10, 10)]
    assert not any(one.is_smallest_tried for one in finding.smallest)
    [size] = [one.curve for one in finding.curves]
    assert size.values == tuple(sorted(size.values))
    assert {9, 10} < set(size.values)
    assert good_range(size) == f"10 to {size.values[-1]} px"


def test_a_model_that_sees_nothing_has_no_smallest_object() -> None:
    chosen = ["size", "shift", "position"]
    finding = run_probes(oracle(sees=lambda box: False), white_boxes(), probes=chosen, **FEW)
    assert all(math.isnan(one.size.value) for one in finding.smallest)
    assert finding.shift is not None
    assert finding.shift.left_out == 4
    assert math.isnan(finding.metrics()["probe/equivariance_error_px"])
    assert finding.blind_spots == []  # nowhere is better than anywhere else
    page = Page("nothing")
    finding.add_to(page)
    assert "no size tried reaches it" in page.html()


def test_the_same_seed_gives_the_same_numbers() -> None:
    def numbers(seed: int) -> list[Any]:
        def wide(box: tuple[int, int, int, int]) -> bool:
            return box[0] % 5 > 0

        chosen = ["position", "shift", "size"]
        finding = run_probes(oracle(3, wide), white_boxes(), probes=chosen, seed=seed, **FEW)
        return [finding.metrics(), finding.tables()]

    assert repr(numbers(1)) == repr(numbers(1))
    assert repr(numbers(1)) != repr(numbers(2))


def test_a_limit_of_pictures_is_kept() -> None:
    engine = Oracle()
    chosen = ["blur", "position"]  # 8 × (64 + 32) + 24 × 8² = 2304 pictures
    run_probes(Predictor(engine, batch_size=1), white_boxes(), probes=chosen, most_pictures=1200)
    assert 1000 < engine.asked <= 1200
    with pytest.raises(ConfigError, match="most_pictures=50 is too few for blur"):
        run_probes(oracle(), white_boxes(), probes=["blur"], most_pictures=50)


def test_an_unknown_probe_is_named() -> None:
    with pytest.raises(ConfigError, match="there is no colour; there are size, position"):
        run_probes(oracle(), white_boxes(), probes=["colour"])


class Pictures:
    """The scenes as if they were photographs: nothing is known of how they were made."""

    def __init__(self) -> None:
        self.scenes = Scenes(
            sprites="rectangles", image_size=SIDE, min_size=6, max_size=24, absent=0.3
        )
        self.class_names = self.scenes.class_names
        self.batch_form: BatchForm = self.scenes.batch_form

    def split(self, name: SplitName) -> SampleSource:
        return self.scenes.split(name)

    def describe(self) -> dict[str, Any]:
        return {"digest": "0"}


def test_probes_that_real_pictures_do_not_allow_are_left_out_under_a_limit_too() -> None:
    finding = run_probes(oracle(), Pictures(), probes=["size", "shift"], most_pictures=500)
    assert (list(finding.curves), finding.left_out) == ([], ["size", "shift"])
    finding.add_to(Page("nothing"))


def test_real_pictures_are_changed_but_nothing_in_them_is_moved() -> None:
    finding = run_probes(oracle(), Pictures(), **FEW)
    curves = {one.curve.condition.name: one.curve for one in finding.curves}
    assert list(curves) == ["contrast", "brightness", "blur", "noise", "occlusion"]
    assert (finding.position, finding.shift, finding.smallest) == (None, None, [])
    assert set(finding.left_out) == set(PROBES) - set(curves)
    assert (curves["blur"].overlap[0] == 1).all()
    assert curves["noise"].imagined.shape[1] > 0  # empty pictures are among them
    page = Page("pictures")
    finding.add_to(page)
    assert "Left out: size, place in the picture, moving by single pixels" in page.html()
    assert "In a photograph nobody knows what is behind the object" in page.html()


def test_scenes_matched_to_the_models_classes_are_still_scenes() -> None:
    matched = MatchedClasses(white_boxes(), ("rectangle",), SIDE, "letterbox")
    finding = run_probes(oracle(), matched, probes=["border"], **FEW)
    assert finding.of_scenes
    assert finding.left_out == []


def test_everything_found_is_kept_and_shown() -> None:
    finding = all_of_a_perfect_model()
    tables = finding.tables()
    assert set(tables) == {f"probe/{name}" for name in PROBES} | {
        "probe/overview",
        "probe/blind_spots",
        "probe/shift_period",
        "probe/smallest_object",
    }
    for name, (header, rows) in tables.items():
        assert all(len(row) == len(header) for row in rows), name
    size = next(one.curve for one in finding.curves if one.curve.condition.name == "size")
    assert [row[0] for row in tables["probe/size"][1]] == list(size.values)
    header, rows = tables["probe/size"]
    # Wilson's interval of 8 of 8: 1 / (1 + 1.96² / 8) = .6756.
    assert rows[0][header.index("recall low")] == pytest.approx(0.6756, abs=1e-4)
    pictures = finding.pictures()
    assert {"probe/position_recall", "probe/blur", "probe/rotation"} < set(pictures)
    page = Page("probes")
    finding.add_to(page)
    text = page.html()
    for expected in (
        "How it breaks",
        "Trained on: 6 to 24 px (grey)",
        "No blind spot",
        "Occlusion",
    ):
        assert expected in text
    assert text.count("<svg") == len(finding.curves) + 3


def test_probes_need_no_tensorflow() -> None:
    code = (
        "import sys, objloc.insight.probes.probes\n"
        "print([name for name in ('tensorflow', 'keras', 'matplotlib') if name in sys.modules])"
    )
    assert fresh_python("-c", code, cwd=Path.cwd()).strip() == "[]"
