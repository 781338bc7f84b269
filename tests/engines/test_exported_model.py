"""A model's file is opened only with the sidecar that was written for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from objloc.decoding import Decoding
from objloc.engines.exported_model import ExportedModel, digests, read_exported, sidecar_of
from objloc.errors import ExportError
from objloc.model_card import ModelCard

CARD = ModelCard(("cat", "größer"), 64, "letterbox", 0.25, Decoding(max_detections=3))


@pytest.fixture(params=["model.onnx", "model.xml", "saved_model"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Files that stand for a model, with their sidecar."""
    place = tmp_path / request.param
    if place.suffix:
        place.write_bytes(b"a graph")
        if place.suffix == ".xml":
            place.with_suffix(".bin").write_bytes(b"weights")
    else:
        (place / "variables").mkdir(parents=True)
        (place / "saved_model.pb").write_bytes(b"a graph")
        (place / "variables" / "variables.index").write_bytes(b"weights")
    outputs = {"boxes": "a", "labels": "b", "scores": "c"}
    about = {"metrics": {"mean_iou": 0.5}}
    exported = ExportedModel(CARD, "onnx", "float32", digests(place), "images", outputs, about)
    exported.write(place)
    return place


def changed(place: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes a sidecar's content."""
    content = json.loads(sidecar_of(place).read_text("utf-8"))
    change(content)
    sidecar_of(place).write_text(json.dumps(content), "utf-8")


def test_what_was_written_is_read(place: Path) -> None:
    exported = read_exported(place)
    assert exported.card == CARD
    assert exported.files == digests(place)
    assert len(exported.files) == (1 if place.suffix == ".onnx" else 2)
    assert all(len(digest) == 64 for digest in exported.files.values())
    assert (exported.outputs["labels"], exported.about["metrics"]) == ("b", {"mean_iou": 0.5})
    # It is for people, too.
    assert sidecar_of(place).read_text("utf-8").count("\n") > 20


def test_a_folder_may_be_moved(place: Path, tmp_path: Path) -> None:
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    tmp_path.rename(moved)
    assert read_exported(moved / place.name).card == CARD


def test_other_bytes_are_refused(place: Path) -> None:
    files = [place.parent / name for name in read_exported(place).files]
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[:-1] + b"!")
        with pytest.raises(ExportError, match=f"{file.name}: not the file that .*SHA-256"):
            read_exported(place)
        file.unlink()
        with pytest.raises(ExportError, match=f"{file.name}: not the file"):
            read_exported(place)
        file.write_bytes(content)
    assert read_exported(place).card == CARD


def test_a_file_too_many_is_refused(place: Path) -> None:
    if place.suffix == ".xml":
        changed(place, lambda content: content["files"].pop("model.bin"))
    elif place.is_dir():
        (place / "assets.txt").write_text("new")
    else:
        changed(place, lambda content: content["files"].clear())
    with pytest.raises(ExportError, match="not the file that"):
        read_exported(place)


def test_a_missing_sidecar_is_said(place: Path) -> None:
    sidecar_of(place).unlink()
    with pytest.raises(ExportError, match=rf"{place.name}\.json is missing beside it; copy both"):
        read_exported(place)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(version=2), r"written by a newer objloc \(form 2"),
        (lambda content: content.pop("version"), r"not an export's sidecar: .*`version`"),
        (lambda content: content.update(format="pickle"), "sidecar: Invalid enum value 'pickle'"),
        (lambda content: content.update(precision="int2"), "sidecar: Invalid enum value 'int2'"),
        (lambda content: content.pop("card"), "not an export's sidecar: .*`card`"),
        (lambda content: content["card"].update(image_size="64"), "Expected `int`, got `str`"),
        (lambda content: content["card"]["decoding"].update(candidates=0), "must be at least 1"),
        (lambda content: content["files"].update({"../x": ""}), r"'\.\./x' is no file beside it"),
        (lambda content: content["files"].update({"/etc/x": ""}), "'/etc/x' is no file beside it"),
        (lambda content: content["files"].update({"c:\\x": ""}), "is no file beside it"),
    ],
)
def test_a_sidecar_that_says_something_else_is_refused(
    place: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    changed(place, change)
    with pytest.raises(ExportError, match=message):
        read_exported(place)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b'{"version": "1"}'])
def test_a_sidecar_that_is_none_is_refused(place: Path, content: bytes) -> None:
    sidecar_of(place).write_bytes(content)
    with pytest.raises(ExportError, match=r"json: not an export's sidecar"):
        read_exported(place)
