"""Writes a set as YOLO: a text file for each picture, `data.yaml` for the classes and splits."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import compress
from pathlib import Path

import numpy as np
import yaml
from jaxtyping import Float64

from objloc.data.dataset import SplitName
from objloc.data.files.annotations import SPLITS
from objloc.data.formats.sidecar import SIDECAR
from objloc.data.writers.label_writer import LabelWriter
from objloc.data.writers.labelled_picture import LabelledPicture
from objloc.data.writers.numbers import plain_number, without_noise
from objloc.data.writers.sidecar_writer import SidecarWriter

_CLASSES = "classes"  # labelImg's list of classes, beside the labels


class YoloWriter(LabelWriter):
    """`images/train`, `labels/train` and so on, as ultralytics has them, for labelImg too.

    Lines are class, centre x, centre y, width and height, divided by the picture's width and
    height, with all their digits. A picture without objects has an empty file. Ignored objects
    (COCO's crowd, VOC's difficult) would be objects like any other to all readers, so they stand
    in `objloc.json` alone, and so does an object that is there twice; with the areas and ids.

    Args:
        output: the folder to make.
        class_names: in the order of the labels.
        class_ids: COCO's category ids, None where there are none.
    """

    def __init__(
        self, output: Path, class_names: Sequence[str], class_ids: Sequence[int] | None = None
    ) -> None:
        super().__init__(output, class_names, class_ids, reserved_names=[_CLASSES])

    def _begin(self, stack: ExitStack) -> None:
        self._sidecar = SidecarWriter(
            self._folder / SIDECAR, self.class_names, self.class_ids, holds_ignore=False
        )
        stack.callback(self._sidecar.close)

    def _picture_folder(self, split: SplitName) -> Path:
        return self._folder / "images" / split

    def _write_labels(self, picture: LabelledPicture, file: Path) -> None:
        folder = self._folder / "labels" / picture.split
        if not folder.exists():
            folder.mkdir(parents=True)
            listed = "".join(f"{name}\n" for name in self.class_names)
            (folder / f"{_CLASSES}.txt").write_text(listed, encoding="utf-8")
        height, width = picture.size
        scale = np.array([width, height, width, height], np.float64)

        def read(numbers: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
            return _corners(numbers) * scale

        exact = _centre_and_sides(picture.boxes / scale)
        normalised = without_noise(exact, 14, read, picture.boxes)
        lines = [
            " ".join([str(label), *map(plain_number, numbers)]) + "\n"
            for label, numbers in zip(picture.labels, normalised, strict=True)
        ]
        written = ~picture.ignore
        seen: set[str] = set()
        for row in np.flatnonzero(written):
            written[row] = lines[row] not in seen  # readers leave out a line that was there before
            seen.add(lines[row])
        text = "".join(compress(lines, written))
        (folder / f"{file.stem}.txt").write_text(text, encoding="utf-8")
        self._sidecar.add(self._relative(file), picture, read(normalised), written)

    def _end(self) -> None:
        self._sidecar.end()
        content = {
            **{split: f"images/{split}" for split in SPLITS if self.pictures[split]},
            "nc": len(self.class_names),
            "names": dict(enumerate(self.class_names)),
        }
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (self._folder / "data.yaml").write_text(text, encoding="utf-8")


def _centre_and_sides(boxes: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
    start, end = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([(start + end) / 2, end - start], axis=1)


def _corners(boxes: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=1)
