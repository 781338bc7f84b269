"""Building from config nodes: nested, partial, refused, and misspelt."""

import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from objloc.config import allow, build
from objloc.errors import ConfigError


def node(**content: Any) -> DictConfig:
    """The content as a node of a larger config, under the key `part`."""
    return OmegaConf.create({"part": content}).part


def test_nested_nodes_are_built_first_and_lists_are_plain() -> None:
    flip = {"_target_": "albumentations.HorizontalFlip", "p": 1.0}
    chosen = build(node(_target_="albumentations.OneOf", transforms=[flip, flip], p=0.5))
    assert type(chosen).__name__ == "OneOf"
    assert [type(transform).__name__ for transform in chosen.transforms] == ["HorizontalFlip"] * 2


def test_arguments_of_the_command_are_added_and_win() -> None:
    with allow(["fractions"]):
        assert build(node(_target_="fractions.Fraction", numerator=1), denominator=4) == Fraction(
            1, 4
        )
        assert build(node(_target_="fractions.Fraction", numerator=1), numerator=3) == 3


def test_a_mapping_of_nodes_gives_a_dict_and_null_gives_none() -> None:
    with allow(["collections.Counter"]):
        built = build(node(a={"_target_": "collections.Counter", "x": 2}, b=None))
    assert built == {"a": Counter(x=2), "b": None}
    assert build(None) is None


def test_partial_gives_a_function() -> None:
    with allow(["fractions"]):
        half = build(node(_target_="fractions.Fraction", _partial_=True, denominator=2))
        assert half(3) == Fraction(3, 2)


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "subprocess.run",
        "keras.utils.get_file",
        "keras.models.load_model",
        "keras.layers.Lambda",
        "albumentations.load",
        "albumentations.Lambda",
        "albumentations.core.serialization.load",
        "hydra.utils.get_method",
        "objloc.config.build.allow",
    ],
)
@pytest.mark.parametrize("place", ["top", "nested", "list", "partial"])
def test_what_is_not_listed_is_refused_everywhere(target: str, place: str) -> None:
    inner = {"_target_": target}
    outer = "albumentations.OneOf"
    content: dict[str, Any] = {
        "top": inner,
        "nested": {"_target_": outer, "transforms": {"deep": inner}},
        "list": {"_target_": outer, "transforms": [[inner]]},
        "partial": {**inner, "_partial_": True},
    }[place]
    with pytest.raises(ConfigError, match=f"part.*_target_={target} is refused.*allowed_targets"):
        build(node(**content))


@pytest.mark.parametrize(
    "target", ["objloc.data.os.system", "objloc.data.sprites.Path.unlink", "objloc.errors.open"]
)
def test_a_way_around_through_an_allowed_module_is_refused(target: str) -> None:
    with pytest.raises(ConfigError):
        build(node(_target_=target))


def test_what_is_dangerous_is_refused_even_if_the_config_allows_it() -> None:
    with allow(["os"]), pytest.raises(ConfigError, match=r"os\.system"):
        build(node(_target_="os.system", command="true"))


def test_a_config_cannot_bring_its_own_allow_list() -> None:
    with pytest.raises(ConfigError, match="refused"):
        build(node(_target_="fractions.Fraction", _execution_whitelist_=["fractions.*"]))


def test_allowing_ends_with_the_block() -> None:
    with allow(["fractions"]):
        build(node(_target_="fractions.Fraction"))
    with pytest.raises(ConfigError, match="refused"):
        build(node(_target_="fractions.Fraction"))


def test_misspelt_names_get_the_right_spelling() -> None:
    with pytest.raises(ConfigError, match=r"part\._target_=.*no 'Blurr'.*Did you mean 'Blur'"):
        build(node(_target_="albumentations.Blurr"))
    with allow(["fractions"]), pytest.raises(ConfigError, match=r"no 'Fractoin'.*'Fraction'"):
        build(node(_target_="fractions.Fractoin"))
    with allow(["nowhere"]), pytest.raises(ConfigError, match="no module 'nowhere'"):
        build(node(_target_="nowhere.Thing"))
    with pytest.raises(ConfigError, match="is no albumentations transform"):
        build(node(_target_="albumentations.BboxParams"))


def test_an_argument_that_the_target_does_not_take_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shapes_of_mine.py").write_text(
        "class Circle:\n    def __init__(self, radius, colour='red'):\n        self.r = radius\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with allow(["shapes_of_mine"]):
        assert build(node(_target_="shapes_of_mine.Circle", radius=2)).r == 2
        with pytest.raises(ConfigError, match=r"part\.radus: .*Did you mean 'radius'"):
            build(node(_target_="shapes_of_mine.Circle", radus=2))
    del sys.modules["shapes_of_mine"]
