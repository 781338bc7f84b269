"""Frames of a video file or a camera."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import cv2

from objloc.data.files.printable import printable
from objloc.data.sources.source_picture import SourcePicture
from objloc.errors import DataError

VIDEO_SUFFIXES = frozenset(
    {".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm", ".wmv"}
)
"""Files with these endings (in any case) are taken for videos."""

_USUAL_RATE = 25.0  # frames a second where a camera doesn't say


class Film:
    """Frames by number and time, read one after the other; see `PictureSource`.

    Args:
        source: a video file, or the number of a camera.
        every: look at the frames 0, every, 2 · every, … alone.
        limit: look at so many frames at most; None for all, and for a camera without an end.

    Attributes:
        rate: frames a second, as the file or camera says.
        frames: how many frames the file says it has; None for a camera and where it doesn't say.
        reached: the number of frames that were there so far, those passed over included.

    Raises:
        DataError: there is no such camera, or the file is no video that can be decoded.
    """

    root = None
    own_folder = None
    threads = 1  # a capture is read by one thread at a time

    def __init__(self, source: Path | int, every: int = 1, limit: int | None = None) -> None:
        self.every, self.limit = every, limit
        self.is_camera = isinstance(source, int)
        if isinstance(source, int):
            self.name = f"camera{source}"
            self.place = f"camera {source}"
            self._capture = _open(source, cv2.CAP_ANY)
        else:
            self.name = source.stem
            self.place = os.path.abspath(source)
            # By its whole path: FFmpeg would take "a:b.mp4" for a protocol.
            self._capture = _open(self.place, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise DataError(_why_closed(source))
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else _USUAL_RATE
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frames = count if count > 0 and not self.is_camera else None
        self.reached = 0
        self._looked_at = 0
        self._started: float | None = None

    @property
    def total(self) -> int | None:
        """How many frames will be looked at; None where nobody knows."""
        known = None if self.frames is None else -(-self.frames // self.every)
        return min(filter(None, (known, self.limit)), default=None)

    @property
    def is_cut_off(self) -> bool:
        """True once a file has ended much earlier than it says."""
        limited = self.limit is not None and self._looked_at >= self.limit
        return self.frames is not None and not limited and self.reached < 0.98 * self.frames

    def reads(self) -> Iterator[Callable[[], SourcePicture | None]]:
        """The call that reads the next frame, over and over."""
        return repeat(self._next)

    def close(self) -> None:
        """Lets go of the file or the camera."""
        self._capture.release()

    def _next(self) -> SourcePicture | None:
        """The next frame that is to be looked at; None at the end."""
        if self.limit is not None and self._looked_at >= self.limit:
            return None
        while self.reached % self.every:
            if not self._capture.grab():
                return None
            self.reached += 1
        there, pixels = self._capture.read()
        if not there:
            return None
        number, self.reached = self.reached, self.reached + 1
        self._looked_at += 1
        image = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        return SourcePicture(frame_name(number), image, frame=number, seconds=self._time())

    def _time(self) -> float:
        """Of the frame that was just read: the file's, or that of the clock for a camera."""
        if not self.is_camera:
            return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        now = time.monotonic()
        if self._started is None:
            self._started = now
        return now - self._started


def frame_name(number: int) -> str:
    """What a frame is called; CVAT names frames of videos likewise."""
    return f"frame_{number:06d}"


def _open(source: str | int, backend: int) -> Any:  # OpenCV's own, which has no types
    """A capture; what OpenCV would write on the terminal is said by the caller instead."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's own words: none
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.VideoCapture(source, backend)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _why_closed(source: Path | int) -> str:
    if isinstance(source, int):
        return (
            f"source={source}: there is no camera {source}, or another program has it; on Linux "
            "`ls /dev/video*` lists cameras (/dev/video1 is source=1)"
        )
    return (
        f"source={printable(source)}: no video that can be decoded; is the file whole? If it "
        "plays elsewhere, convert it to MP4 (H.264)"
    )
