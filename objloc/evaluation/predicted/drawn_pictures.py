"""Pictures with the detections drawn on them, in the folders that the originals have."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
from PIL import Image

from objloc.data.drawing import PREDICTION_COLOUR, draw_boxes
from objloc.data.writers.file_names import FileNames, readable_name
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Facts, ResultWriter, Summary

Format = Literal["jpeg", "png"]

_ENDINGS: dict[Format, str] = {"jpeg": ".jpg", "png": ".png"}
_QUALITY = 90


class DrawnPictures(ResultWriter):
    """`pictures/`; where two originals differ in their ending alone, one name gets a number.

    Args:
        folder: where the folder of pictures goes.
        facts: the class names.
        form: what to write them as.
    """

    def __init__(self, folder: Path, facts: Facts, *, form: Format = "jpeg") -> None:
        self._class_names = facts.class_names
        self._folder = folder / "pictures"
        self._folder.mkdir()
        self._form: Format = form
        self._names: dict[str, FileNames] = {}

    def add(self, picture: PredictedPicture) -> None:
        """Writes a picture."""
        *folders, name = PurePosixPath(picture.picture.name).parts
        below = "/".join(map(readable_name, folders))
        names = self._names.setdefault(below, FileNames())
        stem = PurePosixPath(name).stem
        file = self._folder / below / names.unique(stem + _ENDINGS[self._form])
        file.parent.mkdir(parents=True, exist_ok=True)
        options = {"quality": _QUALITY} if self._form == "jpeg" else {}
        Image.fromarray(drawn(picture, self._class_names)).save(file, self._form, **options)

    def end(self, summary: Summary) -> None:
        """Every picture is there already."""


def drawn(picture: PredictedPicture, class_names: Sequence[str]) -> np.ndarray:
    """The picture with boxes, labels and scores: uint8 (H, W, 3) RGB.

    Raises:
        ValueError: there is nothing to draw on.
    """
    shown = picture.picture.shown
    if shown is None:
        raise ValueError(f"{picture.picture.name} was made ready without a copy to draw on")
    height, width = picture.picture.size
    scale = [shown.shape[1] / width, shown.shape[0] / height] * 2
    texts = [
        f"{class_names[label]} {score:.2f}"
        for label, score in zip(picture.found.labels, picture.found.scores, strict=True)
    ]
    colours = [PREDICTION_COLOUR] * len(texts)
    return draw_boxes(shown, picture.boxes * scale, texts, colours)
