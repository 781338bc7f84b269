"""The theoretical field is exact: nothing outside it counts, and something at its border does."""

import keras
import numpy as np
import pytest
from keras import layers

from objloc.insight.layers.chosen_layers import final_layers
from objloc.insight.layers.receptive_field import (
    ReceptiveField,
    candidate_cell,
    candidate_field,
    receptive_fields,
)
from objloc.insight.layers.recording import record
from objloc.models import Localizer
from tests.insight.layers.small_models import HEADS, head_of, noise, of_layers, small

WIDE = 80  # so that candidates in the middle don't see all of the picture


def fields_of(model: Localizer) -> dict[str, ReceptiveField]:
    return receptive_fields(model, record(model, noise(1, model.image_size)))


def convolution(name: str, size: int = 3, **options: object) -> layers.Layer:
    return layers.Conv2D(2, size, name=name, **{"padding": "same", **options})


def test_a_chain_of_convolutions_by_hand() -> None:
    # r = 1 + Σ (k − 1) · product of the strides before: 3, 3+2·2=7 at stride 2, 7+4·4=23.
    chain = [convolution("a", strides=2), convolution("b", strides=2), convolution("c", 5)]
    found = fields_of(of_layers(chain, 64))
    assert [found[f"backbone/{name}"].size for name in "abc"] == [3, 7, 23]
    assert [found[f"backbone/{name}"].stride for name in "abc"] == [2, 4, 4]
    # 64 halves evenly, so that a convolution's padding is to the right: cell 3 of a sees 6, 7, 8.
    np.testing.assert_array_equal(found["backbone/a"].box(3, 0), [0, 6, 3, 9])
    np.testing.assert_array_equal(found["backbone/a"].box(0, 31), [62, 0, 64, 3])
    np.testing.assert_array_equal(found["backbone/c"].box(8, 8), [24, 24, 47, 47])


@pytest.mark.parametrize(
    ("chain", "size", "first"),
    [
        ([convolution("x", dilation_rate=3)], 7, [0, 4]),
        ([layers.Conv2D(2, (1, 5), padding="valid", name="x")], 5, [0, 5]),
        ([layers.DepthwiseConv2D(5, padding="same", name="x")], 5, [0, 3]),
        ([layers.SeparableConv2D(4, 3, padding="same", name="x")], 3, [0, 2]),
        ([layers.MaxPooling2D(4, name="y"), convolution("x")], 12, [0, 8]),
        ([layers.AveragePooling2D(2, name="y"), layers.UpSampling2D(2, name="x")], 2, [0, 2]),
        ([layers.Conv2DTranspose(2, 4, 2, "same", name="x")], 2, [0, 1]),
        ([layers.BatchNormalization(name="n"), convolution("x")], 3, [0, 2]),
        ([layers.LayerNormalization(name="n"), convolution("x")], 3, [0, 2]),
        ([layers.GroupNormalization(1, name="n"), convolution("x")], 16, [0, 16]),
    ],
)
def test_single_kinds_of_layers_by_hand(
    chain: list[layers.Layer], size: int, first: list[int]
) -> None:
    field = fields_of(of_layers(chain, 16))["backbone/x"]
    assert field.size == size
    assert list(field.columns[0]) == first


def test_a_field_larger_than_the_picture_has_its_full_size() -> None:
    chain = [convolution(f"c{number}", 5) for number in range(4)]
    field = fields_of(of_layers(chain, 12))["backbone/c3"]
    assert field.size == 17  # 1 + 4 · 4, though the picture has 12 pixels
    assert not field.sees_all  # the corners don't see each other


def test_a_branch_a_gate_and_a_sum_see_what_any_of_theirs_sees() -> None:
    images = keras.Input((16, 16, 3), name="images")
    narrow = convolution("narrow", 1)(images)
    wide = convolution("wide", 7)(images)
    total = layers.Add(name="total")([narrow, convolution("three")(narrow)])
    gate = layers.Multiply(name="gate")([total, wide])
    squeezed = layers.GlobalAveragePooling2D(keepdims=True, name="squeezed")(total)
    gated = layers.Multiply(name="gated")([total, layers.Activation("sigmoid")(squeezed)])
    backbone = keras.Model(images, {"1": layers.Concatenate(name="all")([gate, gated])})
    found = fields_of(Localizer(backbone, head_of("regression"), ["a", "b"], 16))
    sizes = {name: found[f"backbone/{name}"].size for name in ("narrow", "wide", "total", "gate")}
    assert sizes == {"narrow": 1, "wide": 7, "total": 3, "gate": 7}
    assert found["backbone/gated"].sees_all
    assert not found["backbone/gate"].sees_all


@pytest.mark.parametrize("name", HEADS)
def test_nothing_outside_counts_and_each_border_does(name: str) -> None:
    model = small(head_of(name), WIDE, blocks=(0, 0, 0))
    image = noise(1, WIDE)
    recording = record(model, image)
    fields = receptive_fields(model, recording)
    count = recording.outputs["objectness"].shape[1]
    # In the middle of the first level.
    levels = model.head.cell_levels
    candidate = levels[0].candidates // 2 + levels[0].columns // 2 if levels else count - 1
    box = candidate_field(model, fields, final_layers(recording), candidate)
    x1, y1, x2, y2 = box.astype(int)
    if levels:
        assert (x2 - x1 < WIDE) or (y2 - y1 < WIDE)
    else:
        assert (x1, y1, x2, y2) == (0, 0, WIDE, WIDE)

    def answer(picture: np.ndarray) -> list[np.ndarray]:
        outputs = model(picture)
        return [
            np.asarray(outputs[key])[:, candidate]
            for key in ("boxes", "class_logits", "objectness")
        ]

    before = answer(image)
    outside = noise(1, WIDE, seed=1)
    outside[:, y1:y2, x1:x2] = image[:, y1:y2, x1:x2]
    for one, other in zip(answer(outside), before, strict=True):
        np.testing.assert_array_equal(one, other)
    borders = [np.s_[:, :, x1], np.s_[:, :, x2 - 1], np.s_[:, y1], np.s_[:, y2 - 1]]
    for border in borders:
        changed = image.copy()
        changed[border] = 255 - image[border]
        assert any(
            not np.array_equal(one, other)
            for one, other in zip(answer(changed), before, strict=True)
        )


def test_a_candidates_cell_is_found_on_every_level() -> None:
    model = small(head_of("ssd"))  # 12 × 12 and 6 × 6 cells with two anchors each
    assert candidate_cell(model, 0) == (12, 12, 0, 0)
    assert candidate_cell(model, 2 * 13 + 1) == (12, 12, 1, 1)
    assert candidate_cell(model, 2 * 144 + 2 * 7) == (6, 6, 1, 1)
    assert candidate_cell(small(head_of("regression")), 0) is None
