"""What lies beside an exported model: how to ask it, what its answers mean, whence it comes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from objloc.errors import ExportError, ObjlocError
from objloc.file_digest import file_digest
from objloc.model_card import ModelCard

Format = Literal["onnx", "saved_model", "litert", "openvino"]
Precision = Literal["float32", "int8"]

VERSION = 1
"""Of the sidecar's own form: a higher one means something that is not known here."""


@dataclass(frozen=True)
class ExportedModel:
    """A model's sidecar, `<model file>.json`.

    Attributes:
        card: how the model wants its pictures and what its answers mean.
        format: of the model's file.
        precision: of its weights and sums.
        files: SHA-256, in hexadecimal digits, of each of its files by its place beside the
            sidecar, with / between folders.
        input: name of the graph's input, uint8 (B, S, S, 3).
        outputs: name of the graph's output by what it is: `boxes`, `labels`, `scores`, or what
            `objloc.decoding.decode` takes where decoding is outside of the graph. LiteRT has no
            such names of its own.
        about: whence it comes: the run that made it, its config and metrics, versions.
        version: of the sidecar's form.
    """

    card: ModelCard
    format: Format
    precision: Precision
    files: dict[str, str]
    input: str
    outputs: dict[str, str]
    about: dict[str, Any] = field(default_factory=dict)
    version: int = VERSION

    def write(self, model_file: Path) -> None:
        """Writes the sidecar of a model's file or folder."""
        text = msgspec.json.format(msgspec.json.encode(self), indent=2)
        sidecar_of(model_file).write_bytes(text + b"\n")


def sidecar_of(model_file: Path) -> Path:
    """Where the sidecar of a model's file or folder lies."""
    return model_file.with_name(f"{model_file.name}.json")


def digests(model_file: Path) -> dict[str, str]:
    """The SHA-256 of the files that a model consists of, by their places beside its sidecar."""
    return {
        str(file.relative_to(model_file.parent).as_posix()): file_digest(file).hex()
        for file in _files(model_file)
    }


def read_exported(model_file: Path) -> ExportedModel:
    """The sidecar of a model's file or folder, which must be as it was written.

    Raises:
        ExportError: there is no sidecar, it is none, or the model's files are other ones.
    """
    sidecar = sidecar_of(model_file)
    try:
        text = sidecar.read_bytes()
    except FileNotFoundError as error:
        raise ExportError(
            f"{model_file}: {sidecar.name} is missing beside it; copy both, as the export wrote "
            "them"
        ) from error
    except OSError as error:
        raise ExportError(f"{sidecar}: cannot be read: {error}") from error
    exported = _parse(text, sidecar)
    found = digests(model_file)
    changed = [name for name, digest in exported.files.items() if found.get(name) != digest]
    wrong = changed or sorted(set(found) - set(exported.files))
    if wrong or not exported.files:
        name = wrong[0] if wrong else model_file.name
        raise ExportError(
            f"{model_file.parent / name}: not the file that {sidecar.name} was written for "
            "(its SHA-256 is another, or it is missing or new); export the model again"
        )
    return exported


def _parse(text: bytes, sidecar: Path) -> ExportedModel:
    """A sidecar's content, checked for all that can be checked without the model's files."""
    try:
        version = msgspec.json.decode(text, type=_Version).version
        if version > VERSION:
            raise ExportError(
                f"{sidecar}: written by a newer objloc (form {version}, known here is {VERSION}); "
                "install that one"
            )
        exported = msgspec.json.decode(text, type=ExportedModel)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ExportError(f"{sidecar}: not an export's sidecar: {error}") from error
    except ExportError:
        raise
    except ObjlocError as error:  # a decoding that means nothing
        raise ExportError(f"{sidecar}: {error}") from error
    for name in exported.files:
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or set(name) & set("\\:"):
            raise ExportError(f"{sidecar}: {name!r} is no file beside it")
    return exported


@dataclass(frozen=True)
class _Version:
    """That of a sidecar, whatever else stands there."""

    version: int


def _files(model_file: Path) -> Iterator[Path]:
    if model_file.is_dir():
        yield from sorted(path for path in model_file.rglob("*") if path.is_file())
    elif model_file.is_file():
        yield model_file
        weights = model_file.with_suffix(".bin")
        if model_file.suffix == ".xml" and weights.is_file():  # OpenVINO's
            yield weights
