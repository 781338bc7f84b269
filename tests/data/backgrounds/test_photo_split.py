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


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)  # each another content, but for the same name elsewhere
    return folder


def test_a_folder_is_dealt_out_whole_and_once(tmp_path: Path):
    folder = write(tmp_path / "a", *(f"sub/{n}.jpg" for n in range(40)), "notes.txt", ".x.png")
    split = folder_photographs(folder)
    assert {name: len(paths) for name, paths in split.items()} == {"train": 28, "val": 6, "test": 6}
    assert len({path for paths in split.values() for path in paths}) == 40
    # The same pictures elsewhere are dealt the same way.
    other = folder_photographs(write(tmp_path / "b", *(f"sub/{n}.jpg" for n in range(40))))
    for name in split:
        assert [path.name for path in split[name]] == [path.name for path in other[name]]


def test_two_views_of_one_scene_stay_together(tmp_path: Path):
    names = [f"{n}_{side}.png" for n in range(8) for side in ("left", "right")]
    split = folder_photographs(write(tmp_path, *names))
    for paths in split.values():
        scenes = {path.name[0] for path in paths}
        assert {path.name for path in paths} == {n for n in names if n[0] in scenes}


def test_copies_of_a_picture_stay_together(tmp_path: Path):
    names = [f"{n}.jpg" for n in range(30)]
    before = folder_photographs(write(tmp_path / "a", *names))
    folder = write(tmp_path / "b", *names)
    for n in range(
        10
    ):  # a chain: n, its copy, and the copy's other view, which is a copy of n + 10
        (folder / f"copy{n}_left.png").write_bytes((folder / f"{n}.jpg").read_bytes())
        (folder / f"copy{n}_right.png").write_bytes((folder / f"{n + 10}.jpg").read_bytes())
    side = {path.name: name for name, paths in folder_photographs(folder).items() for path in paths}
    assert len(side) == 50
    for n in range(10):
        same = (f"{n}.jpg", f"copy{n}_left.png", f"copy{n}_right.png", f"{n + 10}.jpg")
        assert len({side[name] for name in same}) == 1
    # Pictures of one length are told apart, and without copies nothing has changed.
    again = folder_photographs(write(tmp_path / "c", *names))
    assert [p.name for p in again["train"]] == [p.name for p in before["train"]]


def test_hidden_folders_and_folders_named_like_pictures_are_left_out(tmp_path: Path):
    names = ("a.JPG", "deep/er/b.Tiff", "c.ppm", ".thumbnails/a.jpg", "d.png/e.gif")
    split = folder_photographs(write(tmp_path, *names))
    found = {path.relative_to(tmp_path).as_posix() for paths in split.values() for path in paths}
    assert found == {"a.JPG", "deep/er/b.Tiff", "c.ppm", "d.png/e.gif"}


def test_a_link_that_leads_in_a_circle_does_no_harm(tmp_path: Path):
    write(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "loop").symlink_to(tmp_path)
    split = folder_photographs(tmp_path)
    assert sum(map(len, split.values())) == 3


def test_too_few_pictures_cannot_be_split(tmp_path: Path):
    with pytest.raises(DataError, match="1 background pictures found, but train, val and test"):
        folder_photographs(write(tmp_path, "a_left.png", "a_right.png"))


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(DataError, match="there is no such folder of backgrounds"):
        folder_photographs(tmp_path / "nowhere")
