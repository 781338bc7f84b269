"""The measured field of a network whose weights are known equals the computed one."""

import numpy as np
import pytest
from keras import layers

from objloc.insight.gradients import input_gradients
from objloc.insight.layer_gradients import candidate_gradients, cell_gradients
from objloc.insight.layers.effective_field import EffectiveField
from objloc.insight.layers.receptive_field import receptive_fields
from objloc.insight.layers.recording import record
from objloc.insight.subject import QUANTITIES
from objloc.models import Localizer
from tests.insight.layers.small_models import head_of, is_inside, noise, of_layers, small


def field(model: Localizer, path: str, cell: tuple[int, int]) -> EffectiveField:
    pictures = noise(3, model.image_size)
    found = cell_gradients(model, record(model, pictures[:1]), pictures, {path: cell})
    return EffectiveField(found[path])


def spread(field: EffectiveField) -> list[float]:
    """Standard deviations in x and y of the pixels' places, weighted by their values."""
    places = np.arange(field.values.shape[0])
    weights = [field.values.sum(axis=axis, dtype=np.float64) for axis in (0, 1)]
    means = [np.average(places, weights=one) for one in weights]
    return [
        float(np.sqrt(np.average((places - mean) ** 2, weights=one)))
        for mean, one in zip(means, weights, strict=True)
    ]


def test_of_one_linear_convolution_it_is_the_kernel() -> None:
    layer = layers.Conv2D(1, 5, padding="same", name="x")
    model = of_layers([layer], 16)
    kernel = np.random.default_rng(0).normal(size=(5, 5, 3, 1)).astype(np.float32)
    layer.set_weights([kernel, np.zeros(1, np.float32)])
    expected = np.zeros((16, 16))
    expected[5:10, 6:11] = np.sqrt((kernel[..., 0] ** 2).sum(axis=-1))
    np.testing.assert_allclose(field(model, "backbone/x", (7, 8)).values, expected, rtol=1e-5)


def test_of_two_it_is_the_kernels_convolution_at_the_stride() -> None:
    first = layers.Conv2D(1, 2, strides=2, use_bias=False, name="first")
    second = layers.Conv2D(1, 2, use_bias=False, name="second")
    model = of_layers([first, second], 8)
    one = np.zeros((2, 2, 3, 1), np.float32)
    one[:, :, 0, 0] = [[1, 2], [3, 4]]
    first.set_weights([one])
    second.set_weights([np.array([[5, 6], [7, 8]], np.float32).reshape(2, 2, 1, 1)])
    expected = np.zeros((8, 8))
    expected[2:6, 2:6] = np.kron([[5, 6], [7, 8]], [[1, 2], [3, 4]])
    np.testing.assert_allclose(field(model, "backbone/second", (1, 1)).values, expected, rtol=1e-5)


@pytest.mark.parametrize("depth", [1, 4, 9])
def test_of_uniform_weights_it_spreads_with_the_root_of_the_depth(depth: int) -> None:
    side = 41
    chain = [
        layers.Conv2D(2, 3, padding="same", use_bias=False, name=f"c{number}")
        for number in range(depth)
    ]
    model = of_layers(chain, side)
    for layer in chain:
        layer.set_weights([np.ones_like(layer.get_weights()[0])])
    path, middle = f"backbone/c{depth - 1}", (20, 20)
    found = field(model, path, middle)
    # The values are those of (1 + x + x²)ⁿ: variance 2/3 each, so √(2n/3) together.
    assert spread(found) == pytest.approx([np.sqrt(2 * depth / 3)] * 2, rel=1e-4)
    row = np.array([1.0])
    for _ in range(depth):
        row = np.convolve(row, [1, 1, 1])
    expected = np.outer(row, row)
    np.testing.assert_allclose(
        found.values[20 - depth : 21 + depth, 20 - depth : 21 + depth] / found.values.max(),
        expected / expected.max(),
        rtol=1e-4,
    )
    counted = int((expected > (1 - 0.9545) * expected.max()).sum())
    assert found.size == pytest.approx(np.sqrt(counted))
    seen = receptive_fields(model, record(model, noise(1, side)))[path]
    assert seen.size == 1 + 2 * depth
    assert is_inside(found, seen.box(*middle))
    assert depth == 1 or found.size < seen.size


def test_a_field_lies_inside_what_can_be_seen_and_changes_with_the_cell() -> None:
    model = small(head_of("grid"), 64)
    pictures = noise(4, 64)
    recording = record(model, pictures[:1])
    seen = receptive_fields(model, recording)
    for cell in ((1, 1), (5, 6)):
        found = cell_gradients(model, recording, pictures, {"backbone/down_8": cell})
        used = EffectiveField(found["backbone/down_8"])
        box = seen["backbone/down_8"].box(*cell)
        assert is_inside(used, box)
        assert 0 < used.size <= seen["backbone/down_8"].size


def test_a_candidates_field_has_the_gradients_of_its_numbers() -> None:
    model = small(head_of("grid"), 24)
    picture, candidate = noise(1, 24), 4
    squares = {}
    for quantity in QUANTITIES:
        gradient = [
            input_gradients(model, picture.astype(np.float32), quantity, candidate, label)[1]
            for label in ([0, 1] if quantity == "class" else [0])
        ]
        squares[quantity] = sum((one[0] ** 2).sum(axis=-1) for one in gradient)
    # One picture many times: the random signs' cross terms average out.
    found = candidate_gradients(model, np.repeat(picture, 160, axis=0), candidate)
    where = sum(squares[side] for side in ("left", "top", "right", "bottom"))
    what = squares["class"] + squares["objectness"]
    for answer, expected in (("where", where), ("what", what)):
        total = float((found[answer] ** 2).sum())
        assert total == pytest.approx(float(expected.sum()), rel=0.2)


def test_nothing_is_used_where_nothing_counts() -> None:
    nothing = EffectiveField(np.zeros((4, 4), np.float32))
    assert np.isnan(nothing.size)
