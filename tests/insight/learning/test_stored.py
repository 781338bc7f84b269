"""What is written is read, and damage is named."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from objloc.errors import DataError
from objloc.insight.learning.stored import (
    FOLDER,
    Learning,
    file_name,
    is_recorded,
    read_learning,
    recorded_files,
    to_bytes,
)
from tests.insight.learning import made


def write(learning: Learning, run_folder: Path) -> None:
    (run_folder / FOLDER).mkdir()
    for part in (learning.setting, *learning.epochs, *learning.frames):
        (run_folder / FOLDER / file_name(part)).write_bytes(to_bytes(part))


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    learning = made.learning()
    write(learning, tmp_path)
    again = read_learning(tmp_path)
    assert [one.epoch for one in again.epochs] == [0, 1, 2, 3]
    assert [one.step for one in again.frames] == list(made.STEPS)
    pairs = [(learning.setting, again.setting)]
    pairs += list(zip(learning.epochs, again.epochs, strict=True))
    pairs += list(zip(learning.frames, again.frames, strict=True))
    for before, after in pairs:
        for field in fields(before):
            wanted, found = getattr(before, field.name), getattr(after, field.name)
            assert type(wanted) is type(found)
            np.testing.assert_array_equal(wanted, found)
    assert len(recorded_files(tmp_path)) == 1 + 4 + len(made.STEPS)


def test_nothing_and_damage_are_named(tmp_path: Path) -> None:
    assert not is_recorded(tmp_path)
    assert recorded_files(tmp_path) == []
    with pytest.raises(DataError, match=r"no record.*callbacks=explain"):
        read_learning(tmp_path)
    write(made.learning(), tmp_path)
    broken = tmp_path / FOLDER / "epoch_0002.npz"
    broken.write_bytes(broken.read_bytes()[:200])
    with pytest.raises(DataError, match=r"epoch_0002\.npz: the record is damaged"):
        read_learning(tmp_path)
