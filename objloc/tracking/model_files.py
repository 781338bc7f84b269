"""The files in an MLflow model: where each lies, and whether they are as they were stored.

What is guarded against is damage and mix-ups: a download that was cut off, a `.keras` file of
another run that took this one's place. Against somebody who may rewrite a whole model, the code in
it included, no sum inside it would help.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from objloc.errors import TrackingError
from objloc.file_digest import file_digest

FOLDER = "artifacts"
KERAS_FILE = "model.keras"
FACTS_FILE = "model.json"
CONFIG_FILE = "config.yaml"
EXPORTED = f"{FOLDER}/exported"
"""Where the ONNX file for a service lies, and the pictures to try it on."""

_MLMODEL = "MLmodel"
_DIGESTS = "sha256"


def digests(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """What a model's metadata says of its files, for `check_files`.

    Args:
        files: by their names in the model's `artifacts`.
    """
    return {_DIGESTS: {name: file_digest(file).hex() for name, file in files.items()}}


def check_files(file: Path, shown: str = "") -> None:
    """Refuses a model whose files are not those that it was stored with.

    Args:
        file: one in the model's `artifacts`; where it lies in no MLflow model, or in one that was
            stored before there were sums, nothing is checked.
        shown: the model's name for people, if not its folder.

    Raises:
        TrackingError: a file is missing or another one.
    """
    folder = file.parent
    mlmodel = folder.parent / _MLMODEL
    if folder.name != FOLDER or not mlmodel.is_file():
        return
    for name, digest in _stored_digests(mlmodel, shown).items():
        found = folder / name
        if not found.is_file():
            fault = "is missing"
        elif file_digest(found).hex() != digest:
            fault = "is not the file that this model was stored with (its SHA-256 is another)"
        else:
            continue
        raise TrackingError(
            f"{shown or folder.parent}: {FOLDER}/{name} {fault}: the model is damaged, or mixed "
            "with another; fetch it again from its store, or take another version of it"
        )


def _stored_digests(mlmodel: Path, shown: str) -> dict[str, str]:
    try:
        said: Any = yaml.safe_load(mlmodel.read_text(encoding="utf-8"))
        known = (said.get("metadata") or {}).get(_DIGESTS) or {}
        return {str(name): str(digest) for name, digest in known.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise TrackingError(
            f"{shown or mlmodel.parent}: {_MLMODEL} cannot be read ({error}): the model is "
            "damaged; fetch it again from its store"
        ) from error
