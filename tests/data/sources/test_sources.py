"""Pictures of files, folders, patterns, lists and films, read in order and never too far ahead."""

import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from objloc.data.sources import Film, PictureFiles, ahead, open_source
from objloc.errors import DataError


def save(path: Path, size: tuple[int, int] = (6, 9), **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), 90, np.uint8)).save(path, **options)
    return path


def names(source: object) -> list[str]:
    assert isinstance(source, PictureFiles)
    return list(source.names)


def test_a_folder_is_searched_through_links_but_not_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for name in ("b.JPG", "sub/a (1).png", "sub/100% näh.jpeg", ".hidden.jpg", "sub/deep/c.bmp"):
        save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    (folder / "sub" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to("self")
    save(tmp_path / "elsewhere" / "d.png")
    (folder / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with open(os.fsencode(folder) + b"/caf\xe9.png", "wb") as file:
        Image.new("RGB", (4, 4)).save(file, "PNG")
    source = open_source(str(folder))
    assert names(source) == sorted(
        [
            *("b.JPG", "caf\udce9.png", "linked/d.png", "sub/100% näh.jpeg", "sub/a (1).png"),
            "sub/deep/c.bmp",
        ]
    )
    assert source.own_folder == source.root == folder
    assert source.total == 6
    read = [call() for call in source.reads()]
    assert all(one is not None and one.image is not None for one in read)


def test_single_files_patterns_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("p/1.jpg", "p/q/2.PNG", "p/x [1].jpg", "other/3.jpg"):
        save(Path(name))
    Path("p/4.txt").write_text("none")
    assert names(open_source("p/1.jpg")) == ["1.jpg"]
    # It is a name before it is a pattern.
    assert names(open_source("p/x [1].jpg")) == ["x [1].jpg"]
    assert names(open_source("p/**/*")) == ["1.jpg", "q/2.PNG", "x [1].jpg"]
    assert names(open_source("p/[1-2].jpg")) == ["1.jpg"]
    Path("lists").mkdir()
    lines = ["../p/q/2.PNG", "other/3.jpg", "", "../p/1.jpg", "../p/1.jpg", "../p/none.jpg"]
    Path("lists/test.txt").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    listed = open_source("lists/test.txt")
    # In the list's order; relative to the list, or else to where one is.
    assert names(listed) == ["p/q/2.PNG", "other/3.jpg", "p/1.jpg", "p/none.jpg"]
    assert listed.root == tmp_path
    assert listed.name == "test"
    assert listed.own_folder is None
    problems = [one.problem for call in listed.reads() if (one := call()) is not None]
    assert problems == ["", "", "", "there is no such picture"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "there is no such file or folder"),
        ("empty", "no picture in this folder"),
        ("*.gif", "finds no picture"),
        ("*.md", "finds 1 files with other endings"),
        ("empty.txt", "list of pictures is empty"),
        ("broken.mp4", "no video that can be decoded"),
        (97, "there is no camera 97"),
    ],
)
def test_what_is_no_source_says_so(
    source: str | int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("a.md").write_text("text")
    Path("empty.txt").write_text("\n\n")
    Path("broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    with pytest.raises(DataError, match=message):
        open_source(source)
    assert capfd.readouterr().err == ""


def test_pictures_come_upright_and_broken_ones_say_why(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    save(tmp_path / "a.jpg", (20, 30), exif=exif)
    whole = save(tmp_path / "whole.jpg", (200, 300)).read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "c.png").write_bytes(b"")
    (tmp_path / "d.jpg").write_text("this is text")
    (tmp_path / "whole.jpg").unlink()
    read = [call() for call in open_source(str(tmp_path)).reads()]
    upright, *broken = [one for one in read if one is not None]
    assert upright.image is not None
    assert upright.image.shape == (30, 20, 3)
    assert [(one.name, one.image) for one in broken] == [
        ("b.jpg", None),
        ("c.png", None),
        ("d.jpg", None),
    ]
    assert all(one.problem and str(tmp_path) not in one.problem for one in broken)


def film(path: Path, frames: int = 10, coder: str = "MJPG", rate: float = 20.0) -> Path:
    """A video whose frame n < 25 is all grey 10 · n."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*coder), rate, (48, 32))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((32, 48, 3), 10 * number % 250, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("name", "coder"), [("100% a:b.avi", "MJPG"), ("c.MP4", "mp4v")])
def test_frames_have_numbers_and_times(tmp_path: Path, name: str, coder: str) -> None:
    source = open_source(str(film(tmp_path / name, coder=coder)), every=3)
    assert isinstance(source, Film)
    assert (source.total, source.frames, source.rate) == (4, 10, 20.0)
    frames = list(ahead(source.reads(), source.threads, 3))
    source.close()
    assert [one.frame for one in frames] == [0, 3, 6, 9]
    assert [one.name for one in frames][1] == "frame_000003"
    assert [one.seconds for one in frames] == pytest.approx([0, 0.15, 0.3, 0.45])
    for one, grey in zip(frames, (0, 30, 60, 90), strict=True):
        assert one.image is not None
        assert abs(float(one.image.mean()) - grey) < 3
    assert not source.is_cut_off


def test_so_many_frames_at_most(tmp_path: Path) -> None:
    source = Film(film(tmp_path / "a.avi"), every=2, limit=3)
    assert source.total == 3
    assert [one.frame for one in ahead(source.reads(), 1, 8)] == [0, 2, 4]
    assert not source.is_cut_off
    source.close()


def test_a_video_that_lost_its_end_is_noticed(tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", frames=200)
    content = path.read_bytes()
    # The head still says two hundred; the index at the end is gone with the frames.
    path.write_bytes(content[: len(content) // 2])
    source = Film(path)
    count = sum(1 for _ in ahead(source.reads(), 1, 8))
    source.close()
    assert 0 < count < 150
    assert source.frames == 200
    assert source.is_cut_off


def test_ahead_keeps_order_and_never_gets_far() -> None:
    started: list[int] = []
    lock = threading.Lock()

    def call(number: int) -> int:
        with lock:
            started.append(number)
        time.sleep(0.002 * (5 - number % 5))  # later ones finish earlier
        return number

    results = ahead((lambda n=n: call(n) for n in range(60)), threads=4, depth=6)
    for expected in range(30):
        assert next(results) == expected
        time.sleep(0.001)
        with lock:
            assert max(started) <= expected + 6
    before = threading.active_count()
    results.close()
    assert threading.active_count() < before
    assert max(started) <= 36


def test_ahead_ends_at_none_and_raises_what_a_call_raises() -> None:
    def fail() -> int:
        raise ValueError("broken")

    answers = iter([1, 2, None, 4])
    assert list(ahead((lambda: next(answers) for _ in range(4)), 1, 1)) == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        list(ahead(iter([fail]), 2, 2))
