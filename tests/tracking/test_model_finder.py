"""What a user may call a model on disk, and when a run's model is exported first."""

import ast
import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from objloc.config import compose
from objloc.engines.exported_model import read_exported
from objloc.errors import ConfigError, ExportError
from objloc.tracking import export_process, model_finder
from objloc.tracking.export_process import export_in_process
from objloc.tracking.model_finder import model_finder as find
from objloc.tracking.stored_model import StoredModel
from objloc.tracking.trained_model import SOURCE_DIGEST
from tests.serving.colour_model import write_colour_model


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were exported, by a stand-in that is quick."""
    done: list[str] = []

    def export(source: str, tracking_uri: str, folder: Path) -> None:
        done.append(source)
        file = write_colour_model(folder / "model.onnx")
        digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
        exported = read_exported(file)
        replace(exported, about={**exported.about, SOURCE_DIGEST: digest}).write(file)

    monkeypatch.setattr(model_finder, "export_in_process", export)
    return done


def made_run(folder: Path, content: bytes = b"weights") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.keras").write_bytes(content)
    return folder


def test_a_file_and_its_folder_are_the_same_model(tmp_path: Path, exports: list[str]):
    file = write_colour_model(tmp_path / "2026-run" / "exported" / "model.onnx")
    other = write_colour_model(tmp_path / "finder.onnx")
    named = find(str(file), "", tmp_path).find()
    assert (named.file, named.name) == (file, "2026-run")
    assert find(str(file.parent), "", tmp_path).find() == named
    assert find(str(other), "", tmp_path).find().name == "finder"
    assert exports == []


def test_a_run_is_exported_once_and_again_when_its_model_is_another(
    tmp_path: Path, exports: list[str]
):
    run = made_run(tmp_path / "2026-run")
    told: list[str] = []
    for source in (run, run / "model.keras", run):
        found = find(str(source), "", tmp_path, told.append).find()
        assert (found.file, found.name) == (run / "exported" / "model.onnx", "2026-run")
    assert exports == [str(run / "model.keras")]
    assert len(told) == 1
    (run / "model.keras").write_bytes(b"other weights")
    find(str(run), "", tmp_path, told.append)
    assert len(exports) == 2
    (run / "exported" / "model.onnx").write_bytes(b"damaged")
    find(str(run), "", tmp_path, told.append)
    assert len(exports) == 3


def test_latest_is_the_run_that_was_saved_last(tmp_path: Path, exports: list[str]):
    for age, name in enumerate(("sweep/3", "b", "a")):
        file = made_run(tmp_path / "outputs" / name) / "model.keras"
        os.utime(file, (10**9 - age, 10**9 - age))
    made_run(tmp_path / "outputs" / "served" / "m-1" / "artifacts")  # nothing of ours
    assert find("latest", "", tmp_path / "outputs").find().name == "3"
    with pytest.raises(ConfigError, match=r"no run in .*none holds a model"):
        find("latest", "", tmp_path / "none")


def test_what_is_not_on_disk_is_looked_for_in_the_store(tmp_path: Path):
    found = find("models:/finder@champion", "sqlite:///none.db", tmp_path)
    assert isinstance(found, StoredModel)
    assert found.folder == tmp_path / "served"


def test_an_export_is_a_process_whose_words_arrive_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    command = tmp_path / "python"
    command.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "sys.exit(repr((sys.argv[1:], os.environ['OBJLOC_EXPORT_STORE'])))\n"
    )
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(command))
    uri = "postgresql://me:it's, {a} $ecret@host/runs"
    with pytest.raises(ExportError) as caught:
        export_in_process("a run's, of (me)", uri, tmp_path)
    words, handed_over = ast.literal_eval(str(caught.value).partition("failed: ")[2])
    assert not any("ecret" in word for word in words)  # all users of a machine may read them
    assert handed_over == uri
    monkeypatch.setenv("OBJLOC_EXPORT_STORE", handed_over)
    config = compose(words[2:], "export").config
    assert (config.model, config.tracking.uri) == ("a run's, of (me)", uri)


def test_without_tensorflow_one_is_told_where_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export_process, "find_spec", lambda _: None)
    with pytest.raises(ExportError, match="no TensorFlow here to make one; where it was trained"):
        export_in_process("models:/m-1", "sqlite:///x.db", tmp_path)
    assert not list(tmp_path.iterdir())
