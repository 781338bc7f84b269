"""From what a user calls a model to where a service finds its file, now and later."""

from collections.abc import Callable
from pathlib import Path

from objloc.engines.exported_model import read_exported, sidecar_of
from objloc.errors import ConfigError, ExportError
from objloc.file_digest import file_digest
from objloc.serving.model_file import ModelFile
from objloc.serving.served_model import ModelFinder
from objloc.tracking.export_process import export_in_process
from objloc.tracking.stored_localizer import model_file_at
from objloc.tracking.stored_model import ONNX_FILE, StoredModel
from objloc.tracking.trained_model import SOURCE_DIGEST

EXPORTED_FOLDER = "exported"
"""In a run's folder."""

_KEPT = "served"
Tell = Callable[[str], None]


def model_finder(
    source: str, tracking_uri: str, output_root: Path, tell: Tell = print
) -> ModelFinder:
    """Where the model's exported file is found; one is made where a model on disk has none.

    Args:
        source: an exported file or a folder with `model.onnx`, a run's folder, a `.keras` file,
            `latest` for the newest run in `output_root`, or what `StoredModel` takes.
        tracking_uri: the store to ask where `source` is not on disk.
        output_root: of the runs; models of a store are kept in `served` below it.
        tell: is told what takes long.

    Raises:
        ObjlocError: there is no such model on disk, or it cannot be exported.
    """

    def export(model: str, folder: Path) -> None:
        tell(f"exporting {model}, once: this takes half a minute")
        export_in_process(model, tracking_uri, folder)

    path = _newest_run(output_root) if source == "latest" else Path(source)
    if sidecar_of(path).is_file():
        return ModelFile(path, _name(path))
    if (path / ONNX_FILE).is_file():
        return ModelFile(path / ONNX_FILE, _name(path / ONNX_FILE))
    keras_file = model_file_at(path)
    if keras_file is None:
        return StoredModel(source, tracking_uri, output_root / _KEPT, export)
    file = keras_file.parent / EXPORTED_FOLDER / ONNX_FILE
    if not _is_of(file, keras_file):
        export(str(keras_file), file.parent)
    return ModelFile(file, _name(file))


def _newest_run(output_root: Path) -> Path:
    """The folder in which a model was saved last; those of a sweep's jobs lie one level deeper."""
    found = [*output_root.glob("*/model.keras"), *output_root.glob("*/*/model.keras")]
    if not found:
        raise ConfigError(
            f"model=latest: no run in {output_root} holds a model; train one: "
            "python -m objloc.train, or name another folder: output_root=FOLDER"
        )
    return max(found, key=lambda file: file.stat().st_mtime).parent


def _is_of(file: Path, keras_file: Path) -> bool:
    """Whether a file was exported from the `.keras` file, as that is now."""
    try:
        about = read_exported(file).about
    except ExportError:
        return False
    return bool(about.get(SOURCE_DIGEST) == file_digest(keras_file).hex())


def _name(file: Path) -> str:
    """A model's name for people: its run's folder, or its file's own if that says more."""
    if file.stem != Path(ONNX_FILE).stem:
        return file.stem
    folder = file.absolute().parent
    return folder.parent.name if folder.name == EXPORTED_FOLDER else folder.name
