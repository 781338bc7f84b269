"""Decoding inside the model's graph and outside of it, and in what is exported."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from objloc.data.resize import Resize
from objloc.decoding import Decoding, decode
from objloc.evaluation.predictor import Predictor
from objloc.models import Detector, KerasEngine, Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.grid import Grid

SIZE = 64
MANY = Decoding(max_detections=9)


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    keras.utils.set_random_seed(0)
    backbone = convolutional(SIZE, [8, 8, 8], [0, 0, 0])
    return Localizer(backbone, Grid(2, width=8), ["a", "b"], SIZE, decoding=MANY)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3)).astype(np.uint8)


def test_outside_the_graph_the_answers_are_the_same(
    localizer: Localizer, images: np.ndarray
) -> None:
    answers = []
    for in_graph in (True, False):
        localizer.decoding = MANY.changed(in_graph=in_graph)
        answers.append(
            Predictor(KerasEngine(localizer)).predict_batch(images, [Resize()] * 3, [(64, 64)] * 3)
        )
    assert sum(map(len, answers[0])) > 9
    for inside, outside in zip(*answers, strict=True):
        np.testing.assert_array_equal(inside.labels, outside.labels)
        np.testing.assert_allclose(inside.boxes, outside.boxes, atol=1e-4)
        np.testing.assert_allclose(inside.scores, outside.scores, atol=1e-6)


@pytest.mark.parametrize("in_graph", [True, False])
def test_the_exported_graph_decodes_or_leaves_it(
    localizer: Localizer, images: np.ndarray, tmp_path: Path, in_graph: bool
) -> None:
    localizer.decoding = MANY.changed(in_graph=in_graph)
    detector = Detector(localizer)
    expected = detector(images)
    detector.export(tmp_path / "model", format="tf_saved_model", verbose=False)
    artifact = tf.saved_model.load(tmp_path / "model")
    exported = artifact.serve(images)
    assert exported.keys() == expected.keys()
    assert exported["boxes"].shape == ((3, 9, 4) if in_graph else (3, 64, 4))
    found = exported if in_graph else decode({k: v.numpy() for k, v in exported.items()}, MANY)
    localizer.decoding = MANY
    for name, values in Detector(localizer)(images).items():
        np.testing.assert_allclose(found[name], values, atol=1e-5)


def test_one_detection_of_a_model_for_many_is_the_localization(
    localizer: Localizer, images: np.ndarray
) -> None:
    localizer.decoding = MANY
    many = Detector(localizer)(images)
    localizer.decoding = MANY.changed(max_detections=1)
    one = Detector(localizer)(images)
    localizer.decoding = Decoding().for_objects(1)  # what a model of one-object data has
    localization = Detector(localizer)(images)
    for name in one:
        np.testing.assert_array_equal(one[name], localization[name])
        np.testing.assert_allclose(one[name][:, 0], many[name][:, 0], atol=1e-6)
