"""A set appears whole or not at all, and nothing is written through links or over anything."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from objloc.data.writers import WRITERS, VocWriter
from objloc.data.writers.output_folder import OutputFolder
from objloc.errors import DataError
from tests.conftest import REPOSITORY
from tests.data.writers.test_other_readers import CLASSES, picture


def test_it_appears_at_the_end(tmp_path: Path) -> None:
    output = tmp_path / "deep" / "set"
    with OutputFolder(output) as folder:
        (folder.path / "a").write_text("a")
        assert not output.exists()
    assert (output / "a").read_text() == "a"
    assert [entry.name for entry in output.parent.iterdir()] == ["set"]
    # A folder like any other, not one for its owner alone.
    (tmp_path / "other").mkdir()
    assert output.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    with OutputFolder(tmp_path / "set") as folder:
        (folder.path / "a").write_text("a")
    assert (tmp_path / "set" / "a").exists()


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name, reason in (
        ("set", "not empty; choose another"),
        ("file", "no folder"),
        ("link", "no folder"),
        ("file/set", "cannot be written"),
    ):
        with (
            pytest.raises(DataError, match=f"output=.*{name}.*{reason}"),
            OutputFolder(tmp_path / name),
        ):
            pytest.fail("it must not begin")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "link", "set"]
    assert [entry.name for entry in (tmp_path / "set").iterdir()] == ["mine"]


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_whatever_ends_it_early_leaves_nothing(
    tmp_path: Path, to: str, error: type[BaseException]
) -> None:
    def interrupted() -> None:
        with WRITERS[to](tmp_path / "set", CLASSES) as writer:
            writer.add(picture())
            raise error

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", WRITERS)
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(b"x")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with (
        pytest.raises(DataError, match=r"output=.*No space left on device.*make room"),
        WRITERS[to](tmp_path / "set", CLASSES) as writer,
    ):
        writer.add(picture(pixels=source))
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("to", WRITERS)
def test_a_disk_that_is_full_at_the_very_end(tmp_path: Path, to: str) -> None:
    writer = WRITERS[to](tmp_path / "set", CLASSES)

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer._end = full
    with pytest.raises(DataError, match="No space left"), writer:
        writer.add(picture())
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "gone.jpg"
    with (
        pytest.raises(DataError, match=r"gone\.jpg: the picture cannot be read"),
        VocWriter(tmp_path / "set", CLASSES) as writer,
    ):
        writer.add(picture(pixels=missing))
    assert list(tmp_path.iterdir()) == []


def test_a_linked_picture_is_copied_not_linked(tmp_path: Path) -> None:
    source, link = tmp_path / "source.jpg", tmp_path / "link.jpg"
    source.write_bytes(b"bytes")
    link.symlink_to(source)
    with VocWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(picture("link.jpg", pixels=link))
    copy = tmp_path / "set" / "JPEGImages" / "link.jpg"
    assert not copy.is_symlink()
    assert copy.read_bytes() == b"bytes"
    assert copy.stat().st_ino != source.stat().st_ino


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "a\x00b"])
def test_class_names_that_no_label_file_holds(tmp_path: Path, name: str) -> None:
    for writer in WRITERS.values():
        with pytest.raises(DataError, match="give the class another name"):
            writer(tmp_path / "set", ["fine", name])


def test_class_names_that_cannot_be_told_apart(tmp_path: Path) -> None:
    for writer in WRITERS.values():
        with pytest.raises(DataError, match="twice"):
            writer(tmp_path / "set", ["a", "a"])
    with pytest.raises(DataError, match="blanks around them"):
        VocWriter(tmp_path / "set", ["a", "a "])


GROWTH = """
import sys, tracemalloc
from pathlib import Path
import numpy as np
from objloc.data.writers import WRITERS
from tests.conftest import REPOSITORY
from tests.data.writers.test_other_readers import CLASSES, picture

boxes = np.tile(np.array([[1.0, 2, 3, 4]]), (200, 1)) + np.arange(200)[:, None] / 50
many = picture(
    boxes=boxes,
    labels=np.zeros(200, np.int32),
    ignore=np.zeros(200, bool),
    area=np.full(200, 7.5),
    object_ids=np.arange(200),
    pixels=np.zeros((8, 8, 3), np.uint8),
)
with WRITERS[sys.argv[1]](Path(sys.argv[2]), CLASSES) as writer:
    for _ in range(20):
        writer.add(many)
    tracemalloc.start()
    for _ in range(100):
        writer.add(many)
    print(tracemalloc.get_traced_memory()[0])
"""


@pytest.mark.parametrize("to", WRITERS)
def test_memory_stays_flat(to: str, tmp_path: Path) -> None:
    """What a writer keeps does not grow with the objects it writes.

    In a process of its own: checks of shapes and coverage remember more than any writer.
    """
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, to, str(tmp_path / to)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    # What is known of 100 pictures; an object takes 50 bytes or more, 20,000 of them a million.
    assert int(done.stdout) < 400_000
