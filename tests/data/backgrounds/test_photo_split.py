from pathlib import Path

import pytest

from objloc.data.backgrounds.photo_split import (
    BUNDLED,
    bundled_photographs,
    folder_photographs,
)
from objloc.errors import DataError


def test_bundled_photographs_are_there_and_no_scene_is_in_two_splits():
    split = bundled_photographs()
    assert all(path.is_file() for paths in split.values() for path in paths)
    files = [name for names in BUNDLED.values() for name in names]
    assert len(set(files)) == len(files)
    assert {name for name in files if "motorcycle" in name} <= set(BUNDLED["train"])


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_a_folder_is_dealt_out_whole_and_once(tmp_path: Path):
    folder = touch(tmp_path / "a", *(f"sub/{n}.jpg" for n in range(40)), "notes.txt", ".x.png")
    split = folder_photographs(folder)
    assert {name: len(paths) for name, paths in split.items()} == {"train": 28, "val": 6, "test": 6}
    assert len({path for paths in split.values() for path in paths}) == 40
    # The same pictures elsewhere are dealt the same way.
    other = folder_photographs(touch(tmp_path / "b", *(f"sub/{n}.jpg" for n in range(40))))
    for name in split:
        assert [path.name for path in split[name]] == [path.name for path in other[name]]


def test_two_views_of_one_scene_stay_together(tmp_path: Path):
    names = [f"{n}_{side}.png" for n in range(8) for side in ("left", "right")]
    split = folder_photographs(touch(tmp_path, *names))
    for paths in split.values():
        scenes = {path.name[0] for path in paths}
        assert {path.name for path in paths} == {n for n in names if n[0] in scenes}


def test_too_few_pictures_cannot_be_split(tmp_path: Path):
    with pytest.raises(DataError, match="1 background pictures found, but train, val and test"):
        folder_photographs(touch(tmp_path, "a_left.png", "a_right.png"))


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(DataError, match="there is no such folder of backgrounds"):
        folder_photographs(tmp_path / "nowhere")
