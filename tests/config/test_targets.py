"""The listed Keras names exist and can be built; this test alone loads Keras."""

import importlib

import pytest
from omegaconf import OmegaConf

from objloc.config import build
from objloc.config.targets import KERAS


@pytest.mark.parametrize("name", KERAS)
def test_listed_names_exist(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), attribute), type)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("keras.layers.Dense", {"units": 3}),
        ("keras.optimizers.Adam", {"learning_rate": 1e-3}),
        ("keras.optimizers.schedules.CosineDecay", {"initial_learning_rate": 1, "decay_steps": 9}),
        ("keras.losses.Huber", {}),
        ("keras.metrics.Precision", {"name": "mine"}),
        ("keras.callbacks.EarlyStopping", {"patience": 2}),
    ],
)
def test_listed_names_are_built(name: str, arguments: dict[str, object]) -> None:
    built = build(OmegaConf.create({"_target_": name, **arguments}))
    assert type(built).__name__ == name.rpartition(".")[2]


def test_one_inside_another() -> None:
    schedule = {
        "_target_": "keras.optimizers.schedules.CosineDecay",
        "initial_learning_rate": 0.5,
        "decay_steps": 10,
    }
    optimizer = build(
        OmegaConf.create({"_target_": "keras.optimizers.SGD", "learning_rate": schedule})
    )
    assert float(optimizer.learning_rate) == 0.5
