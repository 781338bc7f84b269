"""Exports a localizer: writes the files, opens each with its runtime and compares it with Keras."""

import importlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

import objloc
from objloc.engines import open_engine
from objloc.engines.exported_model import ExportedModel, Format, Precision, digests, sidecar_of
from objloc.errors import ExportError
from objloc.evaluation import Predictor
from objloc.evaluation.engine import Engine
from objloc.exporting.detector_graph import INPUT, DetectorGraph, conversion
from objloc.exporting.exported_file import Accuracy, Export, ExportedFile
from objloc.exporting.float32 import in_float32, precision_of
from objloc.exporting.photographs import photographs
from objloc.exporting.quantization import Quantization
from objloc.exporting.reference import Reference
from objloc.exporting.requirements import require
from objloc.models import Localizer

_HOMES: dict[Format, str] = {
    "onnx": "onnx_file",
    "saved_model": "saved_model_folder",
    "litert": "litert_file",
    "openvino": "openvino_file",
}
INT8: tuple[Format, ...] = ("onnx", "litert")
"""Formats that can be quantized."""

SCRATCH = ".export-"
"""Begins the names of folders for files that are not finished."""

Tell = Callable[[str], None]


def export_model(
    localizer: Localizer,
    folder: Path,
    formats: Sequence[Format] = ("onnx",),
    *,
    about: Mapping[str, Any] | None = None,
    pictures: np.ndarray | None = None,
    quantization: Quantization | None = None,
    threads: int | None = None,
    tell: Tell = lambda text: None,
) -> Export:
    """Writes a localizer in several formats, with decoding in the graph where the model says so.

    A file takes its place in the folder, with its sidecar, when it has been found to answer as
    Keras does; see `objloc.exporting.same_detections` for what that means.

    Args:
        localizer: the model; in mixed precision, it is rebuilt in float32.
        folder: where the files go; files of their names are replaced.
        formats: what to write.
        about: for the sidecar: the run, its config, its metrics. Versions and date are added.
        pictures: uint8 (N, S, S, 3), to compare and to time with; photographs if None.
        quantization: to write `INT8` formats in int8, too.
        threads: of one call of a runtime; None for one per core.
        tell: is told what is being done.

    Raises:
        ExportError: a package is missing, a format cannot hold the model, or a file does not
            answer as Keras does.
    """
    formats = list(dict.fromkeys(formats))
    require(formats)
    facts = {**_facts(localizer), **(about or {})}
    localizer = in_float32(localizer)
    if pictures is None:
        pictures = photographs(localizer.image_size, localizer.resize_mode)
    tell("asking Keras")
    reference = Reference(localizer, pictures)
    milliseconds = _milliseconds(reference.engine, pictures)
    accuracy = quantization.measure(reference.engine) if quantization else None
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with closing(_Writer(localizer, folder, facts, reference, threads)) as writer:
        for one in formats:
            tell(f"writing {one}")
            files.append(writer.write(one))
        if quantization is not None and accuracy is not None:
            for file in [one for one in files if one.exported.format in INT8]:
                tell(f"writing {file.exported.format} in int8")
                files.append(writer.quantize(file, quantization, accuracy))
    return Export(tuple(files), milliseconds, accuracy)


class _Writer:
    """Writes files into a folder, each when it has passed."""

    def __init__(
        self,
        localizer: Localizer,
        folder: Path,
        about: Mapping[str, Any],
        reference: Reference,
        threads: int | None,
    ) -> None:
        self.card = localizer.card
        self.graph = DetectorGraph(localizer)
        self.folder = folder
        self.about = dict(about)
        self.reference = reference
        self.threads = threads

    def write(self, model_format: Format) -> ExportedFile:
        """Writes a file in float32 and compares it with Keras."""
        home = _home(_HOMES[model_format])
        with self._scratch() as scratch:
            place = Path(scratch) / home.NAME
            outputs = _converted(home.NAME, lambda: home.write(self.graph, place))
            exported = self._describe(place, model_format, "float32", outputs)
            engine = open_engine(place, self.threads)
            found = self.reference.check(engine, home.NAME)
            return self._finished(place, exported, engine, difference=found)

    def quantize(
        self, file: ExportedFile, quantization: Quantization, before: Accuracy
    ) -> ExportedFile:
        """Writes the int8 variant of a file and measures what it costs."""
        model_format = file.exported.format
        home = _home(f"{model_format}_int8")
        with self._scratch() as scratch:
            place = Path(scratch) / home.NAME
            outputs = _converted(
                home.NAME,
                lambda: home.write(self.graph, file.path, place, quantization.pictures),
            )
            exported = self._describe(place, model_format, "int8", outputs)
            engine = open_engine(place, self.threads)
            after = dict(quantization.measure(engine))
            accuracy = {"float32": dict(before), "int8": after}
            exported = replace(exported, about={**self.about, "accuracy": accuracy})
            exported.write(place)
            return self._finished(place, exported, engine, accuracy=after)

    def close(self) -> None:
        """Removes what all formats were made from."""
        self.graph.close()

    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        """Beside the place of the files, so that they are moved there in one step."""
        return tempfile.TemporaryDirectory(dir=self.folder, prefix=SCRATCH)

    def _describe(
        self, place: Path, model_format: Format, precision: Precision, outputs: dict[str, str]
    ) -> ExportedModel:
        exported = ExportedModel(
            self.card, model_format, precision, digests(place), INPUT, outputs, self.about
        )
        exported.write(place)
        return exported

    def _finished(
        self, place: Path, exported: ExportedModel, engine: Engine, **judged: Any
    ) -> ExportedFile:
        """Moves a file to where it belongs."""
        milliseconds = _milliseconds(engine, self.reference.pictures)
        size = sum((place.parent / name).stat().st_size for name in exported.files)
        path = self.folder / place.name
        sidecar_of(path).unlink(missing_ok=True)  # the old one is not for the new file
        for entry in sorted(place.parent.iterdir(), key=lambda one: one == sidecar_of(place)):
            target = self.folder / entry.name
            if target.is_dir():
                shutil.rmtree(target)
            entry.replace(target)
        return ExportedFile(path, exported, size / 1e6, milliseconds, **judged)


def _converted(name: str, convert: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The names of the outputs of what `convert` writes.

    Raises:
        ExportError: the format cannot hold the model.
    """
    failure = None
    with conversion():
        try:
            return convert()
        # Each converter has errors of its own; what they wrote to the screen says no more.
        except Exception as error:
            failure = error
    reason = " ".join(str(failure).split())[:500] or type(failure).__name__
    raise ExportError(f"{name}: the model cannot be written in this format: {reason}") from failure


def _home(name: str) -> Any:
    """The module that writes a format; it imports the packages that this takes."""
    with conversion():
        return importlib.import_module(f"objloc.exporting.formats.{name}")


def _milliseconds(engine: Engine, pictures: np.ndarray) -> float:
    return Predictor(engine).milliseconds(picture=pictures[0])


def _facts(localizer: Localizer) -> dict[str, Any]:
    return {
        "objloc_version": objloc.__version__,
        "keras_version": keras.__version__,
        "trained_precision": precision_of(localizer),
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
