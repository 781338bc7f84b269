"""Runtimes are opened by what a sidecar says, and what goes wrong is a message."""

import sys
from pathlib import Path

import pytest

from objloc.decoding import Decoding
from objloc.engines import open_engine
from objloc.engines.exported_model import ExportedModel, Format, digests
from objloc.errors import ExportError
from objloc.model_card import ModelCard
from tests.conftest import fresh_python

FILES: dict[Format, str] = {
    "onnx": "model.onnx",
    "litert": "model.tflite",
    "openvino": "model.xml",
    "saved_model": "saved_model/saved_model.pb",
}
RUNTIMES = {"onnx": "onnxruntime", "litert": "ai_edge_litert", "openvino": "openvino"}


def made(folder: Path, name: Format, content: bytes) -> Path:
    """A file with a sidecar that is right about it; the place to open."""
    file = folder / FILES[name]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    place = folder / FILES[name].partition("/")[0]
    card = ModelCard(("cat",), 64, "letterbox", 0.25, Decoding(max_detections=1))
    ExportedModel(card, name, "float32", digests(place), "images", {"boxes": "boxes"}).write(place)
    return place


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_model_is_a_message(tmp_path: Path, name: Format) -> None:
    place = made(tmp_path, name, b"no model at all")
    with pytest.raises(ExportError, match=rf"{place.name}: \w+.* cannot read it"):
        open_engine(place)


@pytest.mark.parametrize(("name", "package"), RUNTIMES.items())
def test_a_missing_runtime_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Format, package: str
) -> None:
    place = made(tmp_path, name, b"")
    for module in (f"objloc.engines.{name}_engine", "objloc.engines.quiet_openvino"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    for module in [one for one in sys.modules if one.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExportError, match=rf"format {name} needs .*'objloc\[{name}\]'"):
        open_engine(place)


def test_engines_need_no_tensorflow(tmp_path: Path) -> None:
    """But for TensorFlow's own format."""
    code = """
import sys
import objloc.engines.onnx_engine, objloc.engines.litert_engine, objloc.engines.openvino_engine
print([name for name in ("tensorflow", "keras", "mlflow") if name in sys.modules])
"""
    assert fresh_python("-c", code, cwd=tmp_path).strip() == "[]"


def test_openvino_reports_to_nobody(tmp_path: Path) -> None:
    """Its makers' package stays unused, at the import and when a model is converted."""
    code = """
import os, pathlib, sys, urllib.request, multiprocessing
os.environ.pop("CI", None)
home = pathlib.Path.cwd() / "home"
home.mkdir()
os.environ["HOME"] = str(home)
def called(*arguments, **words): raise SystemExit("something was sent")
urllib.request.urlopen = multiprocessing.Process = called
from objloc.engines.quiet_openvino import import_openvino
openvino = import_openvino()
from openvino.tools.ovc import telemetry_utils
assert "openvino_telemetry" not in sys.modules
print(telemetry_utils.tm.__name__, openvino.convert_model.__name__, list(home.iterdir()))
"""
    said = fresh_python("-c", code, cwd=tmp_path).split()
    assert said == ["openvino.tools.ovc.telemetry_stub", "convert_model", "[]"]
