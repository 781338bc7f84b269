"""Composing: what wins over what, every combination that is shipped, and clean errors."""

import itertools
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from objloc.config import compose
from objloc.config.folders import groups, search_folders
from objloc.config.option_file import read_option_file
from objloc.errors import ConfigError
from tests.experiment_options import needed

_GROUPS = groups(search_folders())


@pytest.mark.parametrize("experiment", _GROUPS["experiment"])
def test_an_experiment_composes_with_every_head_and_backbone(experiment: str) -> None:
    # A head takes no notice of the backbone's keys, nor it of the head's: no need to try all pairs.
    heads, backbones = list(_GROUPS["head"]), list(_GROUPS["backbone"])
    for head, backbone in itertools.zip_longest(heads, backbones):
        head, backbone = head or heads[0], backbone or backbones[0]
        words = [f"+experiment={experiment}", f"head={head}", f"backbone={backbone}"]
        composed = compose([*words, *needed(experiment)])
        choices = composed.hydra.runtime.choices
        assert (choices.head, choices.backbone) == (head, backbone)
        # Exactly the option's keys: nothing that the experiment set for another one leaks in.
        for group, option in (("head", head), ("backbone", backbone)):
            described = _keys_of(_GROUPS[group][option])
            assert set(composed.config[group]) == described


def _keys_of(file: Path) -> set[str]:
    option = read_option_file(file)
    keys = {path for path in option.keys if "." not in path and path != "defaults"}
    return keys.union(*(_keys_of(file.with_name(f"{base}.yaml")) for base in option.bases))


@pytest.mark.parametrize("experiment", _GROUPS["experiment"])
def test_an_experiment_sets_only_keys_that_every_option_has(experiment: str) -> None:
    content = OmegaConf.to_container(OmegaConf.load(_GROUPS["experiment"][experiment]))
    assert isinstance(content, dict)
    for group in set(content) & set(_GROUPS):
        for path in _leaves(content[group]):
            lacking = [
                option
                for option, file in _GROUPS[group].items()
                if path not in read_option_file(file).keys
            ]
            assert lacking == [], f"{group}.{path} is no key of {lacking}: make a named option"


def _leaves(value: object, prefix: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [prefix.rstrip(".")]
    return [leaf for key, child in value.items() for leaf in _leaves(child, f"{prefix}{key}.")]


def test_every_option_of_every_group_composes() -> None:
    for group, options in _GROUPS.items():
        for option in options:
            composed = compose([f"{group}={option}"], checked=False)
            assert composed.hydra.runtime.choices[group] == option


def test_without_an_experiment_it_is_the_main_job() -> None:
    assert compose().config == compose(["+experiment=multiclass"]).config


def test_the_command_line_wins_over_debug_and_debug_over_the_experiment() -> None:
    plain = compose(["+experiment=white_box"]).config.trainer
    smoke = compose(["+experiment=white_box", "debug=smoke"]).config.trainer
    assert (smoke.epochs, smoke.limit_steps) == (1, 2)
    assert plain.epochs != 1
    assert compose(["debug=smoke", "trainer.epochs=3"]).config.trainer.epochs == 3
    assert compose(["debug=smoke", "experiment=white_box"]).config.trainer.epochs == 1


def test_plus_is_free_for_experiment_and_debug() -> None:
    one = compose(["+experiment=white_box", "+debug=smoke"]).config
    assert one == compose(["experiment=white_box", "debug=smoke"]).config


@pytest.mark.parametrize(
    ("override", "wanted"),
    [
        ("loss.wieghts.box=5", ["loss.wieghts.box", "Did you mean 'loss.weights.box'", "focal"]),
        ("loss.weights.bx=5", ["Did you mean 'loss.weights.box'", "box, class, objectness"]),
        ("hed=grid", ["'hed'", "Did you mean 'head'", "optimizer"]),
        ("learning_rate=1", ["Did you mean 'optimizer.learning_rate'"]),
        ("head=gird", ["head=gird", "Did you mean 'grid'", "regression"]),
        ("+experiment=emojy", ["experiment=emojy", "Did you mean 'emoji'", "white_box"]),
        ("debug=smok", ["Did you mean 'smoke'", "overfit"]),
        ("loss=5", ["loss=5", "no such option", "default"]),
        ("white_box", ["write key=value", "experiment=white_box"]),
        ("loss.box=[1,2", ["cannot be read", "Quote it"]),
        ("optimizer.learning_rate=-1", ["optimizer.learning_rate=-1", "float > 0", "Peak"]),
        ("loss.box=cious", ["loss.box=cious", "bce, l1, mse", "Did you mean 'ciou'"]),
        ("trainer.epochs=1.5", ["trainer.epochs=1.5", "int >= 1"]),
        ("trainer.epochs=null", ["trainer.epochs=null", "int >= 1"]),
        ("seed=true", ["seed=true", "int >= 0"]),
        ("seed=${nowhere}", ["seed", "nowhere"]),
        ("loss._target_=os.system", ["loss._target_=os.system", "refused", "allowed_targets"]),
        ("head._target_=keras.models.load_model", ["refused"]),
        ("+callbacks.mine._target_=keras.utils.get_file", ["callbacks.mine", "refused"]),
        ("head=grid,regression", ["Ambiguous", "head=grid,regression"]),
    ],
)
def test_an_error_names_key_value_what_is_allowed_and_the_spelling(
    override: str, wanted: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        compose([override])
    message = str(caught.value)
    assert [part for part in wanted if part not in message] == []
    assert "Traceback" not in message


def test_a_key_without_a_default_must_be_given() -> None:
    with pytest.raises(ConfigError, match=r"dataset\.sprites must be given"):
        compose(["dataset=folder"])


def test_a_wrong_key_is_named_beside_one_that_has_no_default() -> None:
    with pytest.raises(ConfigError, match=r"no key 'dataset\.clases'. Did you mean 'dataset\.cla"):
        compose(["dataset=folder", "dataset.sprites=mine", "dataset.clases=[a]"])


def test_options_of_the_user_are_found_and_their_comments_checked(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "long.yaml").write_text(
        "# My own.\ndefaults:\n  - default\n\n# How patient.  [int 1..9]\n"
        "patience: 3\n\nepochs: 99\n"
    )
    # Without an experiment, which may set such keys itself.
    trainer = compose(["trainer=long", "~experiment"], config_dir=tmp_path).config.trainer
    assert (trainer.epochs, trainer.patience) == (99, 3)
    with pytest.raises(ConfigError, match=r"trainer\.patience=10 .*int 1\.\.9"):
        compose(["trainer=long", "trainer.patience=10"], config_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"trainer\.epochs=0 .*int >= 1"):
        compose(["trainer=long", "trainer.epochs=0"], config_dir=tmp_path)
    with pytest.raises(ConfigError, match="no such folder"):
        compose(config_dir=tmp_path / "nowhere")


def test_the_user_may_allow_targets_of_their_own() -> None:
    own = "+callbacks.mine._target_=my_module.MyCallback"
    with pytest.raises(ConfigError, match=r"allowed_targets=\[my_module\]"):
        compose([own])
    composed = compose([own, "allowed_targets=[my_module]"])
    assert composed.config.callbacks.mine["_target_"] == "my_module.MyCallback"
