"""Exported files answer as Keras does, and a file that doesn't is never left behind."""

import os
import sys
import threading
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from objloc.decoding import Decoding
from objloc.engines import open_engine
from objloc.errors import ExportError
from objloc.evaluation import Predictor
from objloc.exporting import Export, ExportedFile, export_model
from objloc.exporting.formats import onnx_file
from objloc.exporting.photographs import photographs
from objloc.models import KerasEngine, Localizer
from objloc.models.heads.yolo import Yolo
from tests.exporting.conftest import SIZE, localizer_with

FORMATS = ["onnx", "saved_model", "litert", "openvino"]


def of_format(export: Export, name: str, precision: str = "float32") -> ExportedFile:
    [found] = [
        file
        for file in export.files
        if (file.exported.format, file.exported.precision) == (name, precision)
    ]
    return found


def assert_same(engine: object, expected: object, images: list[np.ndarray]) -> int:
    """Compares answers in pixels, whole and in ones and sevens; how many detections there are."""
    wanted = Predictor(expected, 32).predict_images(images)
    for batch_size in (32, 1, 7):
        found = Predictor(engine, batch_size).predict_images(images)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one.labels, other.labels)
            np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
            np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
    return sum(map(len, wanted))


@pytest.mark.parametrize("name", FORMATS)
def test_one_detection_in_every_format(
    one_export: Export, one: Localizer, pictures: np.ndarray, name: str
) -> None:
    engine = open_engine(of_format(one_export, name).path, threads=1)
    assert assert_same(engine, KerasEngine(one), list(pictures)) == len(pictures)


@pytest.mark.parametrize("name", FORMATS)
def test_several_detections_of_a_model_in_mixed_precision(
    several_export: Export, pictures: np.ndarray, name: str
) -> None:
    """The loop over detections lies in the graph; the same weights in float32 are the judge."""
    plain = localizer_with(Yolo(3, width=8), Decoding(max_detections=20))
    engine = open_engine(of_format(several_export, name).path)
    assert assert_same(engine, KerasEngine(plain), list(pictures)) > 5 * len(pictures)
    assert engine.exported.about["trained_precision"] == "mixed_bfloat16"


def test_what_lies_beside_a_file(one_export: Export, one: Localizer) -> None:
    for file in one_export.files:
        engine = open_engine(file.path)
        assert engine.card == one.card == engine.exported.card
        assert engine.exported == file.exported
        about = engine.exported.about
        assert about["run_id"] == "abc"
        assert about["exported"].endswith("+00:00")
        assert (about["objloc_version"], about["keras_version"]) == ("0.1.0", keras.__version__)
        size = sum((file.path.parent / name).stat().st_size for name in engine.exported.files)
        assert file.megabytes == pytest.approx(size / 1e6)
        assert file.milliseconds > 0
    names = sorted(path.name for path in one_export.files[0].path.parent.iterdir())
    assert names == sorted(
        [
            *("model.onnx", "model.onnx.json", "model.int8.onnx", "model.int8.onnx.json"),
            *("model.tflite", "model.tflite.json", "model.int8.tflite", "model.int8.tflite.json"),
            *("model.xml", "model.bin", "model.xml.json", "saved_model", "saved_model.json"),
        ]
    )


def test_threads_may_share_an_engine(one_export: Export, pictures: np.ndarray) -> None:
    """With batches of different sizes at once: interpreters and requests hold arrays."""
    for file in one_export.files:
        engine = open_engine(file.path)
        wanted = {size: dict(engine(pictures[:size])) for size in (1, 2, 5)}
        wrong: list[str] = []

        def ask(size: int, engine=engine, wanted=wanted, wrong=wrong, name=file.path.name) -> None:
            for _ in range(10):
                answer = engine(pictures[:size])
                if not np.allclose(answer["boxes"], wanted[size]["boxes"], atol=1e-5):
                    wrong.append(f"{name} {size}")

        threads = [threading.Thread(target=ask, args=(size,)) for size in (1, 2, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_int8_keeps_decoding_and_the_last_products_in_float(
    one_export: Export, measured: list[object], one: Localizer, pictures: np.ndarray
) -> None:
    assert isinstance(measured[0], KerasEngine)
    assert [one.card for one in measured] == [one.card] * 3
    assert one_export.accuracy == {"pictures": 20.0, "mean_iou": 1.0}
    wanted = Predictor(KerasEngine(one)).predict_images(list(pictures))
    for name in ("onnx", "litert"):
        file = of_format(one_export, name, "int8")
        about = open_engine(file.path).exported.about
        assert about["accuracy"]["float32"] == one_export.accuracy
        assert about["accuracy"]["int8"] == file.accuracy
        found = Predictor(open_engine(file.path)).predict_images(list(pictures))
        distances = [
            np.abs(one.boxes - other.boxes).max() for one, other in zip(found, wanted, strict=True)
        ]
        # A few pixels of 64 at most, though the model knows nothing.
        assert 0 < np.median(distances) < 4
    nodes = onnx.load(of_format(one_export, "onnx", "int8").path).graph.node
    makers = {output: node for node in nodes for output in node.output}
    products = [node for node in nodes if node.op_type in ("Conv", "MatMul", "Gemm")]
    whole = [one for one in products if makers.get(one.input[0], one).op_type == "DequantizeLinear"]
    # Heat map, classes and presence are left as they are.
    assert len(products) - len(whole) == 3


def test_a_file_that_answers_otherwise_is_removed(
    one: Localizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = onnx_file.write

    def wrong(detector: object, file: Path) -> dict[str, str]:
        names = write(detector, file)
        model = onnx.load(file)
        largest = max(model.graph.initializer, key=lambda one: len(one.raw_data))
        weights = onnx.numpy_helper.to_array(largest)
        largest.CopyFrom(onnx.numpy_helper.from_array(weights * 1.5, largest.name))
        onnx.save(model, file)
        return names

    (tmp_path / "model.onnx").write_bytes(b"an earlier one")
    monkeypatch.setattr(onnx_file, "write", wrong)
    with pytest.raises(ExportError, match=r"model\.onnx: answers otherwise .*of \d+ detections"):
        export_model(one, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == b"an earlier one"
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_what_a_format_cannot_hold_is_said(
    one: Localizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    def fails(detector: object, file: Path) -> dict[str, str]:
        os.write(1, b"a converter's many words")
        os.write(2, b"and warnings")
        raise RuntimeError("no such operation:\n  Hypot")

    monkeypatch.setattr(onnx_file, "write", fails)
    with pytest.raises(ExportError, match=r"model\.onnx: .* format: no such operation: Hypot$"):
        export_model(one, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "package"),
    [("onnx", "tf2onnx"), ("litert", "ai_edge_litert"), ("openvino", "openvino")],
)
def test_a_missing_package_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExportError, match=rf"'{package}', .* pip install 'objloc\[{name}\]'"):
        export_model(None, tmp_path / "never", ["saved_model", name])
    assert not (tmp_path / "never").exists()


def test_pictures_of_the_size_are_asked_for() -> None:
    for mode in ("letterbox", "stretch"):
        found = photographs(SIZE, mode)
        assert (found.shape, found.dtype) == ((20, SIZE, SIZE, 3), np.uint8)
        assert len(np.unique(found.reshape(20, -1), axis=0)) == 20
