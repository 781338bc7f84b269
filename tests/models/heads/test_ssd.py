"""The SSD head: its anchors, its loss by hand, fitted sizes, saving."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from objloc.errors import ConfigError
from objloc.models import Localizer
from objloc.models.assignment import Assignment
from objloc.models.backbones import convolutional
from objloc.models.heads.ssd import SSD

SHAPES = {"8": (None, 4, 4, 6), "16": (None, 2, 2, 8), "32": (None, 1, 1, 8)}
FEATURES = {level: np.zeros((1, *shape[1:]), "float32") for level, shape in SHAPES.items()}


def built(**arguments: object) -> SSD:
    head = SSD(num_classes=2, width=8, **arguments)
    head.build(SHAPES)
    return head


def test_anchors_of_all_strides_follow_each_other() -> None:
    head = built(aspect_ratios=[1.0], scales_per_octave=2)
    assert head.boxes_cxcywh.shape == ((16 + 4 + 1) * 2, 4)
    # A picture of 32 pixels: 16 px and 16·√2 px on the cells of 8 px, then 32 px, then 64 px.
    np.testing.assert_allclose(head.boxes_cxcywh[0], [0.125, 0.125, 0.5, 0.5])
    np.testing.assert_allclose(head.boxes_cxcywh[1, 2:], 0.5 * np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(head.boxes_cxcywh[32], [0.25, 0.25, 1, 1])
    np.testing.assert_allclose(head.boxes_cxcywh[40], [0.5, 0.5, 2, 2])


def test_without_evidence_the_candidates_are_the_anchors() -> None:
    head = built()
    outputs = head(FEATURES)
    np.testing.assert_allclose(outputs["boxes"][0], head.boxes_xyxy, atol=1e-6)
    np.testing.assert_allclose(ops.sigmoid(outputs["objectness"]), 0.01, rtol=1e-4)
    assert outputs["class_logits"].shape == (1, 21 * 6, 2)


def test_every_output_is_of_the_anchor_at_its_place() -> None:
    # The bias of one anchor of the middle stride shows up on each of its four cells alone.
    head = built()
    _, middle, _ = head.levels
    for layer, channel in (
        (middle.offsets, 4 * 5),
        (middle.classes, 2 * 5 + 1),
        (middle.presence, 5),
    ):
        bias = ops.convert_to_numpy(layer.bias).copy()
        bias[channel] = 3.0
        layer.bias.assign(bias)
    outputs = head(FEATURES)
    places = [16 * 6 + cell * 6 + 5 for cell in range(4)]
    widest = np.flatnonzero(ops.convert_to_numpy(outputs["offsets"])[0, :, 0])
    np.testing.assert_array_equal(widest, places)
    np.testing.assert_array_equal(np.flatnonzero(outputs["class_logits"][0, :, 1]), places)
    np.testing.assert_array_equal(np.flatnonzero(outputs["objectness"][0] > 0), places)


def test_offset_loss_by_hand() -> None:
    head = built(offset_weight=2.0)
    anchors = head.boxes_cxcywh
    # Half an anchor's width to the right: an offset of 5; the smooth L1 of that is 4.5, of 0 it is
    # 0, and of the predicted 0.5 in y it is 0.125.
    boxes = head.boxes_xyxy + anchors[:, 2:3] * [0.5, 0, 0.5, 0]
    predicted = np.zeros((1, len(anchors), 4), "float32")
    predicted[..., 1] = 0.5
    assignment = Assignment(
        positive=ops.ones((1, len(anchors))),
        boxes=ops.array(boxes[None], "float32"),
        labels=ops.zeros((1, len(anchors)), "int32"),
    )
    losses = head.auxiliary_losses({"offsets": ops.array(predicted)}, assignment)
    np.testing.assert_allclose(losses["offset"], (4.5 + 0.125) / 4, rtol=1e-4)
    assert head.auxiliary_weights == {"offset": 2.0}


def test_negatives_are_mined_unless_all_are_to_count() -> None:
    boxes = np.array([[[0.1, 0.1, 0.6, 0.6]]], "float32")
    labels = np.zeros((1, 1), "int32")
    head = built()
    outputs = head(FEATURES)
    mined = head.assign(outputs, boxes, labels)
    positives = float(ops.sum(mined.positive))
    assert positives >= 1
    assert float(ops.sum(mined.counted)) == 4 * positives
    every = built(negatives_per_positive=None).assign(outputs, boxes, labels)
    assert float(ops.sum(every.counted)) > 100


def test_strides_that_the_backbone_lacks_are_left_out_or_named() -> None:
    head = built(strides=[16, 64])
    assert [level.name for level in head.levels] == ["level_16"]
    assert len(head.boxes_cxcywh) == 4 * 6
    with pytest.raises(ConfigError, match=r"head\.strides=\[2, 64\].* 8, 16, 32"):
        built(strides=[64, 2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"anchors": "guess"}, "scales or kmeans"),
        ({"negative_iou": 0.6}, "negative_iou=0.6"),
        ({"strides": []}, "strides"),
        ({"aspect_ratios": [1.0, 0.0]}, "aspect_ratios"),
        ({"anchors": "kmeans"}, "have not been fitted"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        built(**arguments)


def fitted(sizes: list[list[float]], **arguments: object) -> SSD:
    boxes = np.array([[0.0, 0.0, width, height] for width, height in sizes], "float32")
    head = SSD(num_classes=2, width=8, anchors="kmeans", **arguments)
    head.adapt(lambda: boxes.reshape(-1, 4))
    return head


def test_fitted_anchors_go_to_the_strides_by_size() -> None:
    sizes = [[0.8, 0.9], [0.1, 0.1], [0.3, 0.4], [0.2, 0.1], [0.4, 0.4], [0.9, 0.9]]
    head = fitted(sizes, anchors_per_stride=2)
    head.build(SHAPES)
    of_first_cells = head.boxes_cxcywh[[0, 1, 32, 33, 40, 41], 2:]
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    np.testing.assert_allclose(of_first_cells, by_area, rtol=1e-6)


def test_anchors_are_not_fitted_to_nothing_and_not_asked_for_in_vain() -> None:
    with pytest.raises(ConfigError, match=r"no boxes.*head\.anchors=scales"):
        fitted([])

    def boxes() -> np.ndarray:
        raise AssertionError("boxes were read though nothing is fitted")

    SSD(num_classes=2).adapt(boxes)


def test_a_saved_model_puts_out_the_same_with_its_fitted_anchors(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    head = fitted([[0.2, 0.3], [0.4, 0.4], [0.7, 0.5], [0.1, 0.1]], anchors_per_stride=2)
    backbone = convolutional(32, [4, 4, 8, 8, 8], [0, 0, 0, 0, 0])
    model = Localizer(backbone, head, ["a", "b"], 32)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.head.get_config() == head.get_config()
    expected, found = model(images), loaded(images)
    for name in expected:
        np.testing.assert_array_equal(expected[name], found[name])


def test_outputs_are_float32_whatever_it_computes_with() -> None:
    outputs = built(dtype="mixed_bfloat16")(FEATURES)
    assert {str(value.dtype) for value in map(ops.convert_to_numpy, outputs.values())} == {
        "float32"
    }
