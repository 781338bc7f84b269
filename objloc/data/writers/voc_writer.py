"""Writes a set as Pascal VOC: one XML file for each picture, lists of names for the splits."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import numpy as np
from jaxtyping import Float64

from objloc.data.dataset import SplitName
from objloc.data.formats.sidecar import SIDECAR
from objloc.data.writers.label_writer import LabelWriter
from objloc.data.writers.labelled_picture import LabelledPicture
from objloc.data.writers.numbers import plain_number, without_noise
from objloc.data.writers.sidecar_writer import SidecarWriter
from objloc.errors import DataError

_FROM_ONE = np.array([1.0, 1.0, 0.0, 0.0])  # the first pixel is 1, the last one is in the box


class VocWriter(LabelWriter):
    """`JPEGImages`, `Annotations` and `ImageSets/Main`, as the VOC development kit has them.

    Coordinates are 1-based and inclusive, the convention of VOC: a box over columns 3 and 4 (the
    4th and the 5th) has xmin 4 and xmax 5. Fractions keep their decimals. Ignored objects are
    `difficult`. `labelmap.txt` names the classes for CVAT; areas, ids and the order of classes go
    into `objloc.json`.

    Args:
        output: the folder to make.
        class_names: in the order of the labels.
        class_ids: COCO's category ids, None where there are none.

    Raises:
        DataError: two class names differ in the blanks around them alone, which readers of XML
            take away; and see `LabelWriter`.
    """

    def __init__(
        self, output: Path, class_names: Sequence[str], class_ids: Sequence[int] | None = None
    ) -> None:
        super().__init__(output, class_names, class_ids)
        if len({name.strip() for name in class_names}) < len(class_names):
            raise DataError(
                f"classes {', '.join(map(repr, class_names))}: two of them differ in the blanks "
                "around them alone, which Pascal VOC does not tell apart; rename one"
            )
        self._lists: dict[SplitName, TextIO] = {}

    def _begin(self, stack: ExitStack) -> None:
        self._stack = stack.enter_context(ExitStack())  # for lists that are opened later
        for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
            (self._folder / folder).mkdir(parents=True)
        if not any(":" in name for name in self.class_names):
            lines = [
                "# label:color_rgb:parts:actions",
                *(f"{name}:::" for name in self.class_names),
            ]
            (self._folder / "labelmap.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._sidecar = SidecarWriter(
            self._folder / SIDECAR, self.class_names, self.class_ids, holds_ignore=True
        )
        stack.callback(self._sidecar.close)

    def _picture_folder(self, split: SplitName) -> Path:
        return self._folder / "JPEGImages"

    def _write_labels(self, picture: LabelledPicture, file: Path) -> None:
        written = without_noise(picture.boxes + _FROM_ONE, 9, _read, picture.boxes)
        tree = ElementTree.ElementTree(self._annotation(picture, file.name, written))
        ElementTree.indent(tree, "\t")
        labels = self._folder / "Annotations" / f"{file.stem}.xml"
        tree.write(labels, encoding="utf-8")
        if picture.split not in self._lists:
            path = self._folder / "ImageSets" / "Main" / f"{picture.split}.txt"
            self._lists[picture.split] = self._stack.enter_context(path.open("w", encoding="utf-8"))
        self._lists[picture.split].write(f"{_listed(file.stem)}\n")
        everything = np.ones(len(picture.labels), bool)
        self._sidecar.add(self._relative(file), picture, _read(written), everything)

    def _end(self) -> None:
        self._sidecar.end()

    def _annotation(
        self, picture: LabelledPicture, name: str, corners: Float64[np.ndarray, "n 4"]
    ) -> ElementTree.Element:
        root = ElementTree.Element("annotation")
        _add(root, "folder", "JPEGImages")
        _add(root, "filename", name)
        size = _add(root, "size")
        height, width = picture.size
        for tag, number in (("width", width), ("height", height), ("depth", picture.channels)):
            _add(size, tag, str(number))
        _add(root, "segmented", "0")
        for row, label in enumerate(picture.labels):
            entry = _add(root, "object")
            _add(entry, "name", self.class_names[label])
            _add(entry, "pose", "Unspecified")
            _add(entry, "truncated", "0")
            _add(entry, "difficult", "1" if picture.ignore[row] else "0")
            box = _add(entry, "bndbox")
            for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), corners[row], strict=True):
                _add(box, tag, plain_number(value))
        return root


def _read(corners: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
    return corners - _FROM_ONE


def _listed(name: str) -> str:
    """A name in a list: in quotes, as CVAT has them, where a blank would end it."""
    return f'"{name}"' if '"' in name or any(map(str.isspace, name)) else name


def _add(parent: ElementTree.Element, tag: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag)
    child.text = text
    return child
