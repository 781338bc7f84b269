"""What lies beside an exported model: how to ask it, what its answers mean, whence it comes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from objloc.errors import ExportError
from objloc.model_card import ModelCard

Format = Literal["onnx", "saved_model", "litert", "openvino"]
Precision = Literal["float32", "int8"]


@dataclass(frozen=True)
class ExportedModel:
    """A model's sidecar, `<model file>.json`.

    Attributes:
        card: how the model wants its pictures and what its answers mean.
        format: of the model's file.
        precision: of its weights and sums.
        files: SHA-256, in hexadecimal digits, of each of its files by its place beside the
            sidecar; the first is the one to open, or lies in the folder to open.
        input: name of the graph's input, uint8 (B, S, S, 3).
        outputs: name of the graph's output by what it is: `boxes`, `labels`, `scores`, or what
            `objloc.decoding.decode` takes where decoding is outside of the graph. LiteRT has no
            such names of its own.
        about: for people: the run that made it, its metrics, versions.
    """

    card: ModelCard
    format: Format
    precision: Precision
    files: dict[str, str]
    input: str
    outputs: dict[str, str]
    about: dict[str, Any] = field(default_factory=dict)

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
        str(file.relative_to(model_file.parent).as_posix()): _sha256(file)
        for file in _files(model_file)
    }


def read_exported(model_file: Path) -> ExportedModel:
    """The sidecar of a model's file or folder, which must be as it was written.

    Raises:
        ExportError: there is no sidecar, it is none, or the model's files are other ones.
    """
    sidecar = sidecar_of(model_file)
    try:
        exported = msgspec.json.decode(sidecar.read_bytes(), type=ExportedModel)
    except FileNotFoundError as error:
        raise ExportError(
            f"{model_file}: {sidecar.name} is missing beside it; copy both, as the export wrote "
            "them"
        ) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise ExportError(f"{sidecar}: cannot be read: {error}") from error
    found = digests(model_file)
    wrong = [name for name, digest in exported.files.items() if found.get(name) != digest]
    if wrong:
        raise ExportError(
            f"{model_file.with_name(wrong[0])}: not the file that {sidecar.name} was written for "
            "(its SHA-256 is another, or it is missing); export the model again"
        )
    return exported


def _files(model_file: Path) -> Iterator[Path]:
    if model_file.is_dir():
        yield from sorted(path for path in model_file.rglob("*") if path.is_file())
    elif model_file.is_file():
        yield model_file
        weights = model_file.with_suffix(".bin")
        if model_file.suffix == ".xml" and weights.is_file():  # OpenVINO's
            yield weights


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
