"""The layers' statistics are those of all values at once, and planted faults are found."""

import numpy as np
import pytest

from objloc.insight.layers.channel_likeness import ChannelLikeness
from objloc.insight.layers.layer_statistics import LayerStatistics, LayerTally
from objloc.insight.layers.measure_layers import measure_layers
from objloc.insight.layers.recording import record
from objloc.insight.layers.statistics_finding import StatisticsFinding
from objloc.insight.layers.value_sample import ValueSample
from objloc.models import Localizer
from objloc.page import Page
from tests.insight.layers.small_models import head_of, noise, small


def measured(model: Localizer, pictures: np.ndarray) -> dict[str, LayerStatistics]:
    found = measure_layers(model, record(model, pictures[:1]), pictures)
    return {one.path: one for one in found}


def of_stream(parts: list[np.ndarray], sigmoid: bool = False) -> LayerStatistics:
    tally = LayerTally("x", "Conv2D", 7, sigmoid)
    for part in parts:
        tally.add(part)
    return tally.statistics()


def test_numbers_of_a_stream_are_those_of_the_whole() -> None:
    model, pictures = small(head_of("grid")), noise(20)
    found = measured(model, pictures)
    values = np.asarray(record(model, pictures).maps("backbone/down_4")[0])
    one = found["backbone/down_4"]
    assert one.shape == values.shape[1:]
    assert one.parameters == 6 * 8 * 9 + 4 * 8  # no bias; four numbers of the normalisation
    assert one.mean == pytest.approx(values.mean(), rel=1e-4)
    assert one.deviation == pytest.approx(values.std(), rel=1e-4)
    assert (one.lowest, one.highest) == (values.min(), values.max())
    assert one.zeros == pytest.approx((values == 0).mean())
    assert 0.2 < one.zeros < 0.8
    assert one.percentiles == pytest.approx(np.percentile(values, [1, 50, 99]), abs=0.02)


def test_blocks_stand_for_their_last_part_and_pixels_are_left_out() -> None:
    found = measured(small(head_of("grid")), noise(2))
    assert "backbone/down_2" in found
    assert "backbone/down_2/activate" not in found
    assert "backbone/rescale" not in found
    outermost = StatisticsFinding(list(found.values()), 2).outermost
    assert [one.path for one in outermost][:4] == [
        "backbone/down_2",
        "backbone/down_4",
        "backbone/residual_4_0",
        "backbone/down_8",
    ]


def test_a_planted_dead_unit_and_a_planted_copy_are_found() -> None:
    model, pictures = small(head_of("grid")), noise(16)
    before = measured(model, pictures)["backbone/down_2"]
    assert (before.dead, before.copies) == ((), {})
    convolution = model.backbone.get_layer("down_2").convolution
    kernel, bias = convolution.get_weights()
    bias[2] = -1e3
    kernel[..., 5], bias[5] = kernel[..., 1] * 2, bias[1] * 2  # twice as loud, no other words
    convolution.set_weights([kernel, bias])
    found = measured(model, pictures)
    assert found["backbone/down_2"].dead == (2,)
    assert found["backbone/down_2"].copies == {5: 1}
    assert found["backbone/down_2"].constant == ()
    # Before the rectifier it isn't dead.
    assert found["backbone/down_2/convolution"].dead == ()
    finding = StatisticsFinding(list(found.values()), len(pictures))
    warnings = [one for one in finding.warnings() if "backbone/down_2" in one]
    assert warnings == [
        "1 of 6 units of backbone/down_2 is dead (2): 0 everywhere on all 16 pictures.",
        "1 of 6 units of backbone/down_2 is no more than a copy of another (5 like 1).",
    ]
    assert finding.metrics()["layers/dead_units"] == 1
    page = Page("layers")
    finding.add_to(page)
    assert "backbone/down_2 is dead (2)" in page.html()


def test_a_unit_that_wakes_once_is_not_dead() -> None:
    silent = np.zeros((2, 4, 4, 3), np.float32)
    silent[..., 0] = np.random.default_rng(0).random((2, 4, 4))
    woken = silent.copy()
    woken[1, 3, 2, 1] = 1e-6
    assert of_stream([silent, silent]).dead == (1, 2)
    assert of_stream([silent, woken]).dead == (2,)


def test_a_unit_that_hardly_changes_is_constant() -> None:
    values = np.random.default_rng(0).normal(size=(8, 5, 5, 3)).astype(np.float32)
    values[..., 1] = 3
    values[..., 2] = 3 + 1e-4 * values[..., 2]
    found = of_stream([values[:4], values[4:]])
    assert (found.constant, found.dead, found.copies) == ((1, 2), (), {})


def test_saturated_sigmoids_and_invalid_numbers_are_counted() -> None:
    values = np.array([[0.5, 0.995], [0.005, 0.2]], np.float32)
    assert of_stream([values], sigmoid=True).saturated == 0.5
    assert np.isnan(of_stream([values]).saturated)
    broken = of_stream([np.array([[1.0, np.nan], [3.0, np.inf]], np.float32)])
    assert (broken.invalid, broken.mean, broken.highest) == (2, 2.0, 3.0)
    sentences = StatisticsFinding([broken], 2).warnings()
    assert sentences[0] == "x put out 2 values that are no finite numbers."


def test_the_sigmoid_of_a_head_is_known() -> None:
    model = small(head_of("regression"))
    kernel, _ = model.head.corners.get_weights()
    model.head.corners.set_weights([0 * kernel, np.array([-50, -50, 50, 0], np.float32)])
    found = measured(model, noise(3))
    assert found["head/corners"].saturated == 0.75
    assert np.isnan(found["head/hidden_0"].saturated)


def test_sampled_percentiles_do_not_depend_on_the_order() -> None:
    values = np.sort(np.random.default_rng(0).normal(size=200_000).astype(np.float32))
    sample = ValueSample(8192)
    for part in np.array_split(values, [7, 1000, 150_000]):  # sorted: the parts differ
        sample.add(part)
    found = sample.percentiles([10.0, 50.0, 90.0])
    np.testing.assert_allclose(found, [-1.2816, 0, 1.2816], atol=0.06)
    few = ValueSample(8192)
    few.add(np.arange(5.0))
    assert few.percentiles([0.0, 50.0, 100.0]) == [0, 2, 4]
    assert np.isnan(ValueSample().percentiles([50.0])[0])


def test_only_near_copies_are_copies() -> None:
    generator = np.random.default_rng(0)
    likeness = ChannelLikeness(6)
    for _ in range(12):
        values = generator.normal(size=(100, 6))
        values[:, 3] = 0.1 * values[:, 0] + 7  # quieter, with an offset
        values[:, 4] = -values[:, 0]
        values[:, 5] = values[:, 1] + 0.1 * values[:, 5]  # correlation .995
        likeness.add(values)
    assert likeness.copies() == {3: 0}
    assert likeness.copies(0.98) == {3: 0, 5: 1}


def test_units_that_light_up_at_a_few_cells_are_no_copies() -> None:
    likeness = ChannelLikeness(2)
    values = np.zeros((200, 2))
    values[5] = 1
    for _ in range(5):
        likeness.add(values)
    assert likeness.copies() == {}


def test_memory_does_not_grow_with_the_pictures() -> None:
    tally = LayerTally("x", "Conv2D", 0)
    values = np.random.default_rng(0).normal(size=(2, 40, 40, 4)).astype(np.float32)
    for _ in range(20):
        tally.add(values)
    kept = tally._sample._values.size + tally._likeness._projected.size
    assert kept <= (1 << 15) + 4 * 64
