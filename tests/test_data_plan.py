"""Which data a model is measured on."""

import pytest

from objloc.config.composition import compose
from objloc.data_plan import DataPlan, data_plan
from objloc.errors import ConfigError
from objloc.tracking import TrainedModel


def plan(*overrides: str, own: dict | None) -> DataPlan:
    composition = compose(["model=x", *overrides], "evaluate")
    trained = TrainedModel("x", "", own, "config.yaml of run y", "sqlite:///mlflow.db")
    choices = composition.hydra.runtime.choices
    return data_plan(composition.config, overrides, choices, trained)


OWN = {
    "name": "mine",
    "seed": 7,
    "dataset": {"_target_": "objloc.data.Scenes", "sprites": "emoji"},
    "augment": None,
    "trainer": {"eval_batch_size": 13, "limit_val_steps": 3, "precision": "mixed_bfloat16"},
}


def test_without_a_choice_everything_is_as_in_the_models_run() -> None:
    made = plan(own=OWN)
    assert (made.name, made.config.seed) == ("mine", 7)
    assert made.config.dataset.sprites == "emoji"
    assert made.config.augment is None
    assert made.config.trainer.eval_batch_size == 13
    assert made.config.trainer.limit_val_steps == 3
    assert made.origin == "the model's own, from config.yaml of run y"
    assert made.config.trainer.deterministic is True  # not said there: as it is by default


def test_the_command_line_wins_key_by_key() -> None:
    made = plan("seed=3", "trainer.eval_batch_size=4", "split=val", own=OWN)
    assert (made.config.seed, made.config.trainer.eval_batch_size) == (3, 4)
    assert made.config.trainer.limit_val_steps == 3
    assert made.config.dataset.sprites == "emoji"
    assert plan("debug=smoke", own=OWN).config.trainer.limit_val_steps == 1


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("dataset=rectangles", "rectangles"),
        ("augment=none", "creatures"),
        ("experiment=emoji", "emoji"),
        ("dataset.test_size=5", "creatures"),
    ],
)
def test_a_choice_of_data_counts_whole(choice: str, name: str) -> None:
    made = plan(choice, own=OWN)
    assert (made.name, made.origin) == (name, "as the command line says")
    assert made.config.seed == 0
    assert made.config.trainer.eval_batch_size == 64
    # What the model computes with is no choice of data.
    assert made.config.trainer.precision == "mixed_bfloat16"


def test_a_run_that_says_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"not known \(config\.yaml of run y\)"):
        plan(own=None)
    with pytest.raises(ConfigError, match="names no dataset"):
        plan(own={"seed": 1})
