"""A video with the detections drawn on its frames."""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from objloc.errors import DataError
from objloc.evaluation.predicted.drawn_pictures import drawn
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Facts, ResultWriter, Summary

VideoFormat = Literal["mp4", "avi"]

# MPEG-4 and Motion JPEG: the coders that OpenCV's own package brings everywhere.
_CODERS: dict[VideoFormat, str] = {"mp4": "mp4v", "avi": "MJPG"}


class DrawnFilm(ResultWriter):
    """`video.mp4` (MPEG-4) or `video.avi` (Motion JPEG).

    Args:
        folder: where the file goes.
        facts: the class names.
        rate: frames a second; of a film of which every n-th frame is looked at, its rate / n.
        form: the kind of file.
    """

    def __init__(
        self, folder: Path, facts: Facts, *, rate: float, form: VideoFormat = "mp4"
    ) -> None:
        self._class_names = facts.class_names
        self._path = folder / f"video.{form}"
        self._coder = cv2.VideoWriter.fourcc(*_CODERS[form])
        self._rate = rate
        self._writer: cv2.VideoWriter | None = None

    def add(self, picture: PredictedPicture) -> None:
        """Writes a frame.

        Raises:
            DataError: the file cannot be written.
        """
        frame = cv2.cvtColor(drawn(picture, self._class_names), cv2.COLOR_RGB2BGR)
        # Video has an even number of rows and columns.
        even = ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0))
        frame = np.pad(frame, even, mode="edge")
        if self._writer is None:
            size = (frame.shape[1], frame.shape[0])
            self._writer = cv2.VideoWriter(str(self._path), self._coder, self._rate, size)
            if not self._writer.isOpened():
                raise DataError(
                    f"{self._path}: this video cannot be written; try video_format=avi, or leave "
                    "pictures out of formats"
                )
        self._writer.write(frame)

    def end(self, summary: Summary) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.release()
