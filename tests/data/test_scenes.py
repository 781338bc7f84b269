import inspect
import json
from pathlib import Path

import pytest
import yaml

from objloc.data import Scenes
from objloc.errors import ConfigError, DataError
from tests.data.conftest import CONF, build_augment

OPTIONS = sorted(
    file
    for file in (CONF / "dataset").glob("*.yaml")
    if "\n_target_: objloc.data.Scenes\n" in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: path.stem)
def test_every_option_names_the_arguments_of_its_target(path: Path):
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert node.pop("_target_") == "objloc.data.Scenes"
    # The rest is passed by the command.
    assert set(node) == set(inspect.signature(Scenes).parameters) - {"augment", "seed"}
    if node["sprites"] != "???":
        scenes = Scenes(**node)
        assert scenes.split("test").sample(0, 0).image.shape == (
            scenes.batch_form.image_size,
        ) * 2 + (3,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_size": 0}, "dataset.min_size is 0"),
        ({"min_size": 50, "max_size": 40}, r"max_size \(40\) is smaller than dataset.min_size"),
        ({"absent": 1.5}, "dataset.absent is 1.5"),
        ({"max_objects": 0}, "dataset.max_objects is 0"),
        ({"max_overlap": 1.5}, "dataset.max_overlap is 1.5"),
        ({"val_size": 0}, "dataset.val_size is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_numbers_out_of_range_are_named(arguments: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        Scenes(sprites="creatures", **arguments)


def test_sprites_larger_than_the_scene_are_refused():
    with pytest.raises(DataError, match="sprites of 72 px don't fit into scenes of 64 px"):
        Scenes(sprites="creatures", image_size=64)


def test_sprites_that_fit_but_for_their_rotation_are_refused():
    Scenes(sprites="rectangles", max_size=128, augment=build_augment("flips"))
    with pytest.raises(DataError, match="at 128 px and rotated it needs 184 px") as error:
        Scenes(sprites="rectangles", max_size=128, augment=build_augment("geometric"))
    assert "lower dataset.max_size" in str(error.value)


def test_classes_choose_and_order_the_labels():
    scenes = Scenes(sprites="emoji", classes=["sad", "cool"])
    assert scenes.class_names == scenes.split("val").class_names == ("sad", "cool")


def test_describe_is_json_and_its_digest_follows_what_is_drawn(write_png):
    write_png("sprites/a.png", (9, 9, 9, 255))
    folder = str(write_png("sprites/b.png", (8, 8, 8, 255)).parent)

    def digest(**changes: object) -> str:
        return Scenes(**{"sprites": folder, "absent": 0.1, **changes}).describe()["digest"]

    described = Scenes(sprites=folder, background="photo").describe()
    assert json.loads(json.dumps(described)) == described
    assert "coffee.png" in described["background_pictures"]["test"]
    first = digest()
    assert digest() == first
    assert digest(absent=0.2) != first
    assert digest(augment=build_augment("flips")) != first
    write_png("sprites/b.png", (7, 8, 8, 255))
    assert digest() != first
