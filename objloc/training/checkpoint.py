"""Checkpoints: every variable of a training, with what the callbacks remember, in one file.

A checkpoint is a NumPy `.npz` archive: one array per variable, no pickles, and beside them
`state.json`. One file, renamed into place when it is complete, so a crash leaves the old one; the
zip format's own checksums tell a damaged one.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.errors import TrainingError
from objloc.training.run_folder import sync_folder, writing

FORMAT = 1
STATE_FILE = "state.json"
Groups = Mapping[str, Sequence[keras.Variable]]


def training_variables(model: keras.Model) -> dict[str, list[keras.Variable]]:
    """Return all variables that a step of training reads or writes, in a fixed order.

    Groups: `model` (weights, batch statistics and the state of every SeedGenerator), `optimizer`
    (iterations, moments, moving average of weights) and `metrics` (running sums).
    """
    return {
        "model": list(model.variables),
        "optimizer": list(model.optimizer.variables),
        "metrics": list(model.metrics_variables),
    }


def save_checkpoint(path: Path, groups: Groups, state: Mapping[str, Any]) -> None:
    """Write variables and state to `path`, whole or not at all.

    Args:
        path: file to write; its folder exists.
        groups: group name → variables.
        state: anything JSON can hold.

    Raises:
        TrainingError: if the disk is full or the folder cannot be written.
    """
    index: dict[str, list[dict[str, object]]] = {}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path.parent):
        try:
            with temporary.open("wb") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                    for group, variables in groups.items():
                        index[group] = []
                        for number, variable in enumerate(variables):
                            array = ops.convert_to_numpy(variable)
                            index[group].append(_describe(variable, array))
                            with archive.open(
                                f"{group}/{number:05d}.npy", "w", force_zip64=True
                            ) as entry:
                                np.lib.format.write_array(entry, _plain(array), allow_pickle=False)
                    document = {"format": FORMAT, "variables": index, "state": state}
                    archive.writestr(STATE_FILE, json.dumps(document, indent=1))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def read_state(path: Path) -> dict[str, Any]:
    """Return the state that `save_checkpoint` was given.

    Raises:
        TrainingError: if the file is missing, damaged or of another format.
    """
    with _Archive(path) as archive:
        return archive.document["state"]


def load_checkpoint(path: Path, groups: Groups) -> dict[str, Any]:
    """Set the variables to what the file holds and return its state.

    Nothing is set unless everything fits.

    Args:
        path: file written by `save_checkpoint`.
        groups: group name → variables, as at saving; groups left out stay as they are.

    Raises:
        TrainingError: if the file is missing or damaged, or holds the variables of another model.
    """
    with _Archive(path) as archive:
        values = []
        for group, variables in groups.items():
            described = archive.document["variables"].get(group)
            if described is None or len(described) != len(variables):
                raise TrainingError(
                    f"{path}: holds {len(described or [])} {group} variables and this run has "
                    f"{len(variables)}: it belongs to another model, head or optimizer; resume "
                    "with the configuration that the run was started with"
                )
            for number, (variable, wanted) in enumerate(zip(variables, described, strict=True)):
                shape, dtype = tuple(wanted["shape"]), wanted["dtype"]
                own_dtype = keras.backend.standardize_dtype(variable.dtype)
                if tuple(variable.shape) != shape or own_dtype != dtype:
                    raise TrainingError(
                        f"{path}: {group} variable {number} ({wanted['path']}) is {dtype} {shape} "
                        f"there and {own_dtype} {tuple(variable.shape)} here ({variable.path}): it "
                        "belongs to another model; resume with the configuration that the run was "
                        "started with"
                    )
                array = archive.array(f"{group}/{number:05d}.npy")
                # The exact inverse of `_plain`: the same bytes, read as the variable's own type.
                values.append((variable, array.view(ops.convert_to_numpy(variable).dtype)))
        for variable, array in values:
            variable.assign(array)
        return archive.document["state"]


class _Archive:
    """An open checkpoint; damage of any kind becomes one TrainingError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document: dict[str, Any] = {}
        self._zip: zipfile.ZipFile | None = None

    def __enter__(self) -> "_Archive":
        try:
            self._zip = zipfile.ZipFile(self.path)
            self.document = json.loads(self._zip.read(STATE_FILE))
        except FileNotFoundError as error:
            raise TrainingError(f"{self.path}: no such checkpoint") from error
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
            self.close()
            raise self._damaged(error) from error
        if self.document.get("format") != FORMAT:
            self.close()
            raise TrainingError(
                f"{self.path}: checkpoint format {self.document.get('format')}, this version of "
                f"objloc reads {FORMAT}; start the run anew or use the version that wrote it"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()

    def array(self, name: str) -> np.ndarray:
        assert self._zip is not None
        try:
            # Reading an entry to its end makes zipfile compare its checksum.
            content = self._zip.read(name)
            return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> TrainingError:
        return TrainingError(
            f"{self.path}: the checkpoint is damaged ({error}); delete it to start the run anew"
        )


def _describe(variable: keras.Variable, array: np.ndarray) -> dict[str, object]:
    return {
        "path": variable.path,
        "shape": list(array.shape),
        "dtype": keras.backend.standardize_dtype(variable.dtype),
    }


def _plain(array: np.ndarray) -> np.ndarray:
    """Return the array with a type that `.npy` knows: bfloat16 and the like as raw integers."""
    return array if array.dtype.isbuiltin == 1 else array.view(f"u{array.dtype.itemsize}")
