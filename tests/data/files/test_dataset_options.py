"""The options of conf/dataset that read labelled pictures."""

import inspect
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from PIL import Image

from objloc import preview
from objloc.data import FileDataset, formats
from tests.conftest import Command
from tests.data.conftest import CONF

FORMATS = ("voc", "coco", "yolo")


@pytest.mark.parametrize("name", FORMATS)
def test_every_option_names_the_arguments_of_its_targets(name: str):
    node = yaml.safe_load((CONF / "dataset" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert node.pop("_target_") == "objloc.data.FileDataset"
    parameters = inspect.signature(FileDataset).parameters
    # The rest is passed by the command.
    assert set(node) == set(parameters) - {"augment", "seed"}
    reader = node.pop("format")
    target = getattr(formats, reader.pop("_target_").removeprefix("objloc.data.formats."))
    assert target.name == name
    for key, value in reader.items():
        assert inspect.signature(target).parameters[key].default == value
    assert set(reader) == set(inspect.signature(target).parameters)
    assert node.pop("root") == "???"
    for key, value in node.items():
        assert parameters[key].default == value, key


def test_the_three_differ_in_nothing_but_root_and_format():
    def rest(name: str) -> str:
        text = (CONF / "dataset" / f"{name}.yaml").read_text(encoding="utf-8")
        return text[text.index("# Side of the square picture") :]

    assert rest("voc") == rest("coco") == rest("yolo")


@pytest.fixture
def yolo_set(tmp_path: Path) -> Callable[[str], Path]:
    def write(line: str) -> Path:
        for folder in ("images", "labels"):
            (tmp_path / "set" / folder).mkdir(parents=True)
        for number in range(8):
            Image.new("RGB", (32, 24), (number, 0, 0)).save(
                tmp_path / "set" / "images" / f"{number}.png"
            )
            (tmp_path / "set" / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.25 0.25\n")
        (tmp_path / "set" / "labels" / "0.txt").write_text(line)
        (tmp_path / "set" / "data.yaml").write_text("train: images\nnames: [fox]\n")
        return tmp_path / "set"

    return write


def test_preview_shows_what_a_person_brings(yolo_set, command: Command):
    root = yolo_set("0 0.5 0.5 0.5 0.5\n")
    arguments = ["dataset=yolo", f"dataset.root={root}", "dataset.image_size=64", "count=4"]
    answer = command(preview.main, *arguments, "output=sheet.png")
    assert answer.status == 0, answer.err
    assert "fox" in answer.out
    with Image.open("sheet.png") as sheet:
        assert min(sheet.size) >= 128  # two by two


def test_a_faulty_box_ends_a_command_with_a_message_and_no_traceback(yolo_set, command: Command):
    root = yolo_set("0 0.9 0.5 0.5 0.5\n")
    arguments = ["dataset=yolo", f"dataset.root={root}", "dataset.image_size=64"]
    answer = command(preview.main, *arguments)
    assert answer.status != 0
    assert "labels/0.txt: line 1: fox in images/0.png: box (20.8, 6, 36.8, 18) reaches out" in (
        answer.err
    )
    assert "Traceback" not in answer.err
    assert "dataset.invalid_boxes=skip" in answer.err


def test_what_is_skipped_is_said_on_the_console(yolo_set, command: Command, caplog):
    root = yolo_set("0 0.9 0.5 0.5 0.5\n")
    with caplog.at_level(logging.WARNING, "objloc.data"):
        answer = command(
            preview.main,
            *("dataset=yolo", f"dataset.root={root}", "dataset.image_size=64"),
            "dataset.invalid_boxes=skip",
        )
    assert answer.status == 0, answer.err
    assert "left out 1 box and 0 pictures" in answer.err + caplog.text
