"""Drawn pictures and videos: where the boxes are, and what the files are called."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from objloc.data.drawing import PREDICTION_COLOUR
from objloc.evaluation.detections import Detections
from objloc.evaluation.predicted import DrawnFilm, DrawnPictures, Summary
from tests.evaluation.predicted.answers import answers, facts, picture

ONE = Detections(
    np.array([[100, 400, 300, 600]], np.float32),
    np.array([0], np.int32),
    np.array([0.75], np.float32),
)


def coloured(image: np.ndarray, tolerance: int = 0) -> tuple[int, int, int, int]:
    """The bounds of what has the colour of predictions, below the row 300: xyxy."""
    near = np.abs(image.astype(int) - PREDICTION_COLOUR).max(axis=2) <= tolerance
    near[:300] = False  # the label
    rows, columns = np.nonzero(near)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("shown", [(1000, 800), (500, 400)])
def test_boxes_are_drawn_around_what_was_found(tmp_path: Path, shown: tuple[int, int]) -> None:
    writer = DrawnPictures(tmp_path, facts(), form="png")
    below = Detections(ONE.boxes + np.array([0, 300, 0, 300], np.float32), ONE.labels, ONE.scores)
    writer.add(picture("a.jpg", (1000, 800), below, shown=shown))
    image = np.asarray(Image.open(tmp_path / "pictures" / "a.png"))
    assert image.shape == (*shown, 3)
    scale = shown[0] / 1000
    # The frame is just outside of the box, two pixels wide and one away; the label is above it.
    inner = np.array([100, 700, 300, 900]) * scale
    got = coloured(image[:, :, :])
    np.testing.assert_allclose(got[::2], inner[::2] + np.array([-2, 2]), atol=1.5)
    assert abs(got[3] - (inner[3] + 2)) <= 1.5


def test_folders_are_mirrored_and_no_name_is_taken_twice(tmp_path: Path) -> None:
    writer = DrawnPictures(tmp_path, facts())
    for one in answers():
        writer.add(one)
    writer.end(Summary())
    folder = tmp_path / "pictures"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    assert files == sorted(
        [
            *("a.jpg", "a-2.jpg", "sub/A (1).jpg", "sub/100% & more.jpg", "sub/deep/c+d #2.jpg"),
            *("caf_.jpg", "tab_here.jpg", "näh.jpg"),
        ]
    )


@pytest.mark.parametrize("form", ["mp4", "avi"])
def test_a_video_with_odd_sides(tmp_path: Path, form: str) -> None:
    writer = DrawnFilm(tmp_path, facts(), rate=7.5, form=form)
    for number in range(5):
        found = ONE if number == 3 else Detections.none()
        name = f"frame_{number:06d}"
        writer.add(picture(name, (801, 601), found, number, frame=number))
    writer.end(Summary())
    capture = cv2.VideoCapture(str(tmp_path / f"video.{form}"))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(7.5, abs=0.01)
    frames = []
    while (answer := capture.read())[0]:
        frames.append(cv2.cvtColor(answer[1], cv2.COLOR_BGR2RGB))
    capture.release()
    assert len(frames) == 5
    assert frames[0].shape == (802, 602, 3)
    assert max(frame.max() for number, frame in enumerate(frames) if number < 3) < 30
    x1, _, x2, y2 = coloured(frames[3], tolerance=60)
    np.testing.assert_allclose([x1, x2, y2], [98, 302, 602], atol=4)
