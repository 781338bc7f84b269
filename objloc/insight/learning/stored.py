"""The files that a recorded learning is kept in: one a moment, none of them ever added to.

A moment's file depends on the moment alone. So a training that was interrupted and resumed leaves
the same files as one that never was: what it does a second time, it writes a second time.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from objloc.errors import DataError
from objloc.insight.learning.epoch_measures import EpochMeasures
from objloc.insight.learning.frame import Frame
from objloc.insight.learning.setting import LearningSetting

FOLDER = "learning"
"""In a run's folder."""

_Kind = TypeVar("_Kind", LearningSetting, Frame, EpochMeasures)


@dataclass(frozen=True)
class Learning:
    """A recorded learning.

    Attributes:
        setting: what stayed the same.
        epochs: measures by epoch, rising.
        frames: the film's moments by step, rising.
    """

    setting: LearningSetting
    epochs: tuple[EpochMeasures, ...]
    frames: tuple[Frame, ...]

    @property
    def with_gradients(self) -> tuple[EpochMeasures, ...]:
        """Those epochs of which gradients are known."""
        return tuple(one for one in self.epochs if one.has_gradients)


def file_name(part: LearningSetting | Frame | EpochMeasures) -> str:
    """The name of the file that keeps this."""
    if isinstance(part, Frame):
        return f"frame_{part.step:08d}.npz"
    if isinstance(part, EpochMeasures):
        return f"epoch_{part.epoch:04d}.npz"
    return "setting.npz"


def to_bytes(part: LearningSetting | Frame | EpochMeasures) -> bytes:
    """The content of its file: an array for each attribute."""
    buffer = io.BytesIO()
    np.savez(buffer, **{field.name: getattr(part, field.name) for field in fields(part)})
    return buffer.getvalue()


def is_recorded(run_folder: Path) -> bool:
    """Does a run's folder hold a record of its learning?"""
    return (run_folder / FOLDER / "setting.npz").is_file()


def read_learning(run_folder: Path) -> Learning:
    """What was recorded of a run's learning.

    Raises:
        DataError: nothing was, or a file is damaged.
    """
    folder = run_folder / FOLDER
    if not is_recorded(run_folder):
        raise DataError(
            f"{run_folder}: holds no record of how the model learned (no folder {FOLDER!r}); "
            "train with callbacks=explain"
        )
    return Learning(
        setting=_read(folder / "setting.npz", LearningSetting),
        epochs=tuple(_read(file, EpochMeasures) for file in _files(folder, "epoch")),
        frames=tuple(_read(file, Frame) for file in _files(folder, "frame")),
    )


def recorded_files(run_folder: Path) -> list[Path]:
    """The files of a record, in order; empty where there is none."""
    folder = run_folder / FOLDER
    setting = [folder / "setting.npz"] if is_recorded(run_folder) else []
    return [*setting, *_files(folder, "epoch"), *_files(folder, "frame")]


def _files(folder: Path, kind: str) -> Iterator[Path]:
    yield from sorted(folder.glob(f"{kind}_*.npz"))


def _read(file: Path, kind: type[_Kind]) -> _Kind:
    try:
        # In memory: NumPy leaves a damaged file open.
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
            found: dict[str, Any] = {field.name: arrays[field.name] for field in fields(kind)}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: the record is damaged ({error}); remove it") from error
    return kind(**{name: _plain(value) for name, value in found.items()})


def _plain(value: np.ndarray) -> Any:
    """Texts as a tuple, single values as Python's; other arrays as they are."""
    if value.ndim == 0:
        return value.item()
    return tuple(value.tolist()) if value.dtype.kind == "U" else value
