"""`predict` on videos and cameras."""

import _thread
import csv
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from objloc.data.sources import Film
from tests.conftest import Answer
from tests.data.sources.test_sources import film
from tests.predict.results import ALL, results


@pytest.mark.parametrize("form", ["mp4", "avi"])
def test_a_video_becomes_a_video(run: Callable[..., Answer], tmp_path: Path, form: str) -> None:
    film(tmp_path / "clip.avi", frames=11)
    answer = run("source=clip.avi", "every=2", f"video_format={form}", "batch_size=4", "output=out")
    assert answer.status == 0, answer.err
    assert "6 frames: 6 detections" in answer.out
    assert "label_studio: for pictures alone" in answer.out
    pictures = results(tmp_path / "out")["pictures"]
    assert [one["frame"] for one in pictures] == [0, 2, 4, 6, 8, 10]
    assert [one["seconds"] for one in pictures] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    with (tmp_path / "out" / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["frame"]) for row in rows[:2]] == [
        ("frame_000000", "0"),
        ("frame_000002", "2"),
    ]
    images = ElementTree.parse(tmp_path / "out" / "cvat.xml").getroot().findall("image")
    assert [one.attrib["id"] for one in images] == ["0", "2", "4", "6", "8", "10"]
    drawn = Film(tmp_path / "out" / f"video.{form}")
    assert (drawn.frames, drawn.rate) == (6, pytest.approx(10.0))
    drawn.close()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == ALL - {"pictures", "label_studio.json", "label_studio.xml"} | {f"video.{form}"}


class Camera:
    """A camera without an end; at frame 20 the person in front of it presses Ctrl-C.

    It is none of OpenCV's: Python crashes when it collects an object of a class made of theirs.
    """

    frames = 0

    def __init__(self, number: int, backend: int) -> None:
        assert number == 0

    def isOpened(self) -> bool:  # noqa: N802  # the name that is called
        return True

    def get(self, key: int) -> float:
        return 30.0 if key == cv2.CAP_PROP_FPS else -1.0

    def read(self) -> tuple[bool, np.ndarray]:
        time.sleep(0.002)
        type(self).frames += 1
        if self.frames == 20:
            _thread.interrupt_main()
        return True, np.full((48, 64, 3), self.frames % 250, np.uint8)

    def release(self) -> None:
        type(self).frames = -1


def test_ctrl_c_ends_a_camera_orderly(
    run: Callable[..., Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("objloc.data.sources.film.cv2.VideoCapture", Camera)
    answer = run("source=0", "batch_size=2", "output=out")
    assert answer.status == 0, answer.err
    assert "interrupted" in answer.err
    assert Camera.frames == -1, "the camera is still held"
    content = results(tmp_path / "out")
    assert content["complete"] is False
    assert 10 < len(content["pictures"]) < 40
    times = [one["seconds"] for one in content["pictures"]]
    assert times[0] == 0
    assert times == sorted(times)
    monkeypatch.undo()
    drawn = Film(tmp_path / "out" / "video.mp4")
    assert drawn.frames == len(content["pictures"])
    drawn.close()


def test_a_camera_stops_after_so_many_frames_or_isnt_there(
    run: Callable[..., Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("source=97", "output=out")
    assert answer.status == 1
    assert "there is no camera 97" in answer.err
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr("objloc.data.sources.film.cv2.VideoCapture", Camera)
    Camera.frames = 100  # beyond the Ctrl-C
    answer = run("source=0", "frames=5", "output=out")
    assert answer.status == 0, answer.err
    content = results(tmp_path / "out")
    assert (len(content["pictures"]), content["complete"]) == (5, True)
