"""What layers put out is kept, and the model is left as it was."""

import keras
import numpy as np
import pytest

from objloc.insight.layers.chosen_layers import (
    backbone_maps,
    chosen_layers,
    final_layers,
    read_layers,
)
from objloc.insight.layers.layer_paths import layer_paths
from objloc.insight.layers.recording import record, watched
from objloc.models import Localizer
from objloc.models.backbones import application
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from tests.insight.layers.small_models import HEADS, head_of, noise, small


@pytest.fixture(scope="module")
def grid_model() -> Localizer:
    return small(head_of("grid"))


def test_paths_are_readable(grid_model: Localizer) -> None:
    paths = layer_paths(grid_model)
    for path in (
        "backbone/rescale",
        "backbone/down_4/convolution",
        "backbone/residual_4_0/narrow/normalization",
        "head/pyramid/lateral_8/convolution",
        "head/box_branch/activate",
        "head/presence",
    ):
        assert path in paths
    assert len({id(layer) for layer in paths.values()}) == len(paths)
    reached = {id(one) for layer in paths.values() for one in layer.weights}
    assert reached == {id(one) for one in grid_model.weights}


@pytest.mark.parametrize("name", HEADS)
def test_every_layer_of_every_head_is_recorded(name: str) -> None:
    model = small(head_of(name))
    images = noise(2)
    before = model(images)
    recording = record(model, images)
    assert {call.path for call in recording.calls} == set(recording.layers)
    for key, value in before.items():
        assert np.array_equal(recording.outputs[key], value), key


def test_recorded_is_what_a_model_ending_there_puts_out(grid_model: Localizer) -> None:
    images = noise(2)
    recording = record(grid_model, images)
    backbone = grid_model.backbone
    for name in ("rescale", "down_2", "residual_4_0", "down_8"):
        until = keras.Model(backbone.input, backbone.get_layer(name).output)
        expected = np.asarray(until(images.astype(np.float32)))
        [found] = recording.maps(f"backbone/{name}")
        np.testing.assert_array_equal(found, expected)
    # Inside a block and inside the head: the layers themselves, one by one.
    [rescaled] = recording.maps("backbone/rescale")
    convolution = backbone.get_layer("down_2").convolution
    [found] = recording.maps("backbone/down_2/convolution")
    np.testing.assert_array_equal(found, np.asarray(convolution(rescaled)))
    pyramid = grid_model.head.pyramid(recording.features)["8"]
    [found] = recording.maps("head/pyramid/smooth_8")
    np.testing.assert_array_equal(found, np.asarray(pyramid))
    [found] = recording.maps("head/presence")
    np.testing.assert_array_equal(found.reshape(2, -1), np.asarray(recording.outputs["objectness"]))


def test_the_model_is_afterwards_what_it_was(grid_model: Localizer) -> None:
    images = noise(3, seed=1)
    answer = {key: np.asarray(value) for key, value in grid_model(images).items()}
    weights = [np.array(one) for one in grid_model.get_weights()]
    attributes = {path: set(vars(one)) for path, one in layer_paths(grid_model).items()}
    record(grid_model, images)
    assert {path: set(vars(one)) for path, one in layer_paths(grid_model).items()} == attributes
    for one, other in zip(grid_model.get_weights(), weights, strict=True):
        assert np.array_equal(one, other)
    for key, value in grid_model(images).items():
        assert np.array_equal(value, answer[key])


def test_it_is_so_after_an_error_too(grid_model: Localizer) -> None:
    def refuse(call: object) -> None:
        raise RuntimeError("enough")

    layers = layer_paths(grid_model)
    with pytest.raises(RuntimeError, match="enough"), watched(layers, refuse):
        grid_model(noise(1))
    assert not any("call" in vars(layer) for layer in layers.values())
    grid_model(noise(1))


def test_a_layer_called_twice_has_two_calls() -> None:
    shared = keras.layers.Conv2D(3, 3, padding="same", name="shared")
    images = keras.Input((8, 8, 3), name="images")
    backbone = keras.Model(images, {"1": shared(shared(images))})
    model = Localizer(backbone, Regression(1, stride=1), ["a"], 8)
    pixels = noise(1, 8)
    first, second = record(model, pixels).maps("backbone/shared")
    np.testing.assert_array_equal(first, np.asarray(shared(pixels.astype(np.float32))))
    np.testing.assert_array_equal(second, np.asarray(shared(first)))


def test_what_put_out_no_tensor_is_named(grid_model: Localizer) -> None:
    recording = record(grid_model, noise(1))
    with pytest.raises(KeyError, match=r"head/nose: .*backbone/down_2"):
        recording.maps("head/nose")


@pytest.mark.parametrize(
    ("name", "read", "final"),
    [
        ("grid", ["box_branch", "class_branch"], {"sides", "classes", "presence"}),
        ("soft_argmax", ["edges", "context/smooth_8"], {"heat", "look"}),
        ("regression", [], set()),
        (
            "ssd",
            [f"level_{s}/{b}_branch" for s in (4, 8) for b in ("box", "class")],
            {f"level_{s}/{one}" for s in (4, 8) for one in ("offsets", "classes", "presence")},
        ),
    ],
)
def test_the_backbones_and_the_heads_last_maps_are_chosen(
    name: str, read: list[str], final: set[str]
) -> None:
    recording = record(small(head_of(name)), noise(1))
    maps = {"2": "backbone/down_2", "4": "backbone/residual_4_0", "8": "backbone/down_8"}
    assert backbone_maps(recording) == maps
    assert set(read_layers(recording)) == {f"head/{one}" for one in read}
    assert set(final_layers(recording)) == {f"head/{one}" for one in final}
    assert chosen_layers(recording)[:3] == list(maps.values())


def test_networks_of_keras_applications_are_recorded() -> None:
    backbone = application(64, "MobileNetV2")
    model = Localizer(backbone, Grid(1, stride=8, width=8), ["a"], 64)
    recording = record(model, noise(1, 64))
    assert {call.path for call in recording.calls} == set(recording.layers)
    maps = backbone_maps(recording)
    assert list(maps) == ["2", "4", "8", "16", "32"]
    for stride, path in maps.items():
        np.testing.assert_array_equal(recording.maps(path)[-1], recording.features[stride])
