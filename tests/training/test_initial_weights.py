import keras
import numpy as np
import pytest

from objloc.errors import TrainingError
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.grid import Grid
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.ssd import SSD
from objloc.models.heads.yolo import Yolo
from objloc.training.initial_weights import transfer_weights


def build(class_names=("a", "b"), seed=0, size=32, head=SoftArgmax, widths=(4, 4, 8, 8)):
    keras.utils.set_random_seed(seed)
    backbone = convolutional(size, list(widths), [0, 0, 0, 1, 0][: len(widths)])
    return Localizer(backbone, head(len(class_names)), list(class_names), size)


@pytest.fixture(scope="module")
def source():
    return build(seed=1)


def test_a_model_that_took_over_everything_answers_as_the_source(source):
    target = build(seed=2)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    before = np.asarray(target(images)["boxes"])
    transfer = transfer_weights(source, target)
    assert (transfer.copied, transfer.fresh) == (len(target.weights), ())
    after = np.asarray(target(images)["boxes"])
    assert not np.allclose(before, after)
    np.testing.assert_array_equal(after, np.asarray(source(images)["boxes"]))


@pytest.mark.parametrize("names", [("a",), ("a", "c"), ("a", "b", "c")])
def test_with_other_classes_only_what_tells_them_apart_starts_afresh(source, names):
    target = build(names, seed=2)
    start = [np.asarray(weight) for weight in target.head.classes.weights]
    transfer = transfer_weights(source, target)
    assert {path.split("/")[-2] for path in transfer.fresh} == {"classes"}
    assert transfer.copied == len(target.weights) - 2
    for weight, first in zip(target.head.classes.weights, start, strict=True):
        np.testing.assert_array_equal(weight, first)
    np.testing.assert_array_equal(target.head.presence.weights[0], source.head.presence.weights[0])


@pytest.mark.parametrize("head", [Grid, SSD, Yolo])
def test_every_head_forgets_the_classes_it_was_taught(head):
    source = build(seed=1, head=head, widths=(4, 4, 8, 8, 8))
    transfer = transfer_weights(
        source, build(("b", "a"), seed=2, head=head, widths=(4, 4, 8, 8, 8))
    )
    assert {path.split("/")[-2] for path in transfer.fresh} == {"classes"}


def test_pictures_may_be_larger(source):
    assert transfer_weights(source, build(size=64)).fresh == ()


def test_another_head_takes_over_the_backbone(source):
    target = build(head=lambda classes: Grid(classes, stride=8))
    transfer = transfer_weights(source, target)
    assert transfer.copied == len(target.backbone.weights)
    assert len(transfer.fresh) == len(target.head.weights)


def test_another_network_is_refused(source):
    target = build(head=lambda classes: Grid(classes, stride=8), widths=(4, 4, 8))
    with pytest.raises(TrainingError, match="another backbone"):
        transfer_weights(source, target)
