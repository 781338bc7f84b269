import errno
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from objloc.errors import TrainingError
from objloc.training.checkpoint import load_checkpoint, read_state, save_checkpoint


def _variables(seed: float = 0.0) -> list[keras.Variable]:
    return [
        keras.Variable(np.full((2, 3), seed, "float32"), name="kernel"),
        keras.Variable(np.asarray(7 + int(seed), "int64"), dtype="int64", name="iteration"),
        keras.Variable(np.full(4, seed + 1 / 3), dtype="bfloat16", name="half"),
        keras.Variable(np.asarray(True), dtype="bool", name="flag"),
    ]


def _bytes(variables: list[keras.Variable]) -> list[bytes]:
    return [np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in variables]


def test_every_type_comes_back_bit_for_bit(tmp_path: Path) -> None:
    saved, loaded = _variables(0.1), _variables(9.0)
    save_checkpoint(tmp_path / "c.npz", {"model": saved}, {"epoch": 3, "best": None})
    assert _bytes(loaded) != _bytes(saved)
    state = load_checkpoint(tmp_path / "c.npz", {"model": loaded})
    assert state == {"epoch": 3, "best": None}
    assert _bytes(loaded) == _bytes(saved)


def test_anyone_can_read_the_arrays_without_pickle(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.npz", {"model": _variables(0.5)}, {})
    with np.load(tmp_path / "c.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["model/00000"], np.full((2, 3), 0.5, "float32"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "c.npz"
    save_checkpoint(file, {"model": _variables(0.5)}, {})
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "empty":
        content = bytearray()
    else:
        with zipfile.ZipFile(file) as archive:
            start = archive.getinfo("model/00000.npy").header_offset
        content[start + 170] ^= 0xFF
    file.write_bytes(content)
    variables = _variables(2.0)
    before = _bytes(variables)
    with pytest.raises(TrainingError, match=r"c\.npz: the checkpoint is damaged"):
        load_checkpoint(file, {"model": variables})
    assert _bytes(variables) == before


def test_a_missing_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no such checkpoint"):
        read_state(tmp_path / "c.npz")


def test_another_model_is_refused_and_left_alone(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.npz", {"model": _variables(0.5)}, {})
    other = _variables(2.0)
    other[0] = keras.Variable(np.zeros((3, 3), "float32"), name="wider")
    before = _bytes(other)
    with pytest.raises(TrainingError, match=r"kernel.*float32 \(2, 3\) there.*\(3, 3\) here"):
        load_checkpoint(tmp_path / "c.npz", {"model": other})
    assert _bytes(other) == before
    with pytest.raises(TrainingError, match="holds 4 model variables and this run has 3"):
        load_checkpoint(tmp_path / "c.npz", {"model": other[1:]})


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "c.npz"
    save_checkpoint(file, {"model": _variables(0.5)}, {"epoch": 1})

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TrainingError, match=f"{tmp_path}: .*the disk is full"):
        save_checkpoint(file, {"model": _variables(0.7)}, {"epoch": 2})
    assert read_state(file) == {"epoch": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]
