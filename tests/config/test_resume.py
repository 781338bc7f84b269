"""Resuming takes the saved config, and refuses one that asks for something else."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from objloc.config.resume import resumed_config
from objloc.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    OmegaConf.save(
        {"seed": 3, "resume": None, "output_root": "old", "loss": {"box": "l1", "weights": {}}},
        tmp_path / "config.yaml",
    )
    return tmp_path


def test_alone_it_takes_the_saved_config(folder: Path) -> None:
    composed = OmegaConf.create(
        {"seed": 0, "resume": "latest", "output_root": "o", "loss": {"box": "ciou", "weights": {}}}
    )
    resumed = resumed_config(composed, ["resume=latest", "output_root=o"], folder)
    assert resumed.seed == 3
    assert resumed.loss.box == "l1"
    assert (resumed.resume, resumed.output_root) == ("latest", "o")


def test_the_same_command_line_again_is_accepted(folder: Path) -> None:
    composed = OmegaConf.create(
        {"seed": 3, "resume": "x", "output_root": "o", "loss": {"box": "l1", "weights": {}}}
    )
    assert resumed_config(composed, ["seed=3", "resume=x"], folder).seed == 3


def test_another_experiment_is_refused_with_the_keys_that_differ(folder: Path) -> None:
    composed = OmegaConf.create(
        {"seed": 3, "resume": "x", "output_root": "o", "loss": {"box": "giou", "gamma": 2}}
    )
    with pytest.raises(ConfigError) as caught:
        resumed_config(composed, ["loss.box=giou", "resume=x"], folder)
    message = str(caught.value)
    assert "another experiment" in message
    assert "loss.box (saved 'l1', now 'giou')" in message
    assert "loss.gamma (saved absent, now 2)" in message
    assert "seed" not in message


def test_a_folder_without_a_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml cannot be read"):
        resumed_config(OmegaConf.create({"resume": "x"}), ["resume=x"], tmp_path)
