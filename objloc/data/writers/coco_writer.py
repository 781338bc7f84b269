"""Writes a set as COCO: one JSON file for each split, the pictures in folders beside them."""

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from jaxtyping import Float64

from objloc import __version__
from objloc.data.dataset import SplitName
from objloc.data.writers.label_writer import LabelWriter
from objloc.data.writers.labelled_picture import LabelledPicture
from objloc.data.writers.numbers import without_noise


class CocoWriter(LabelWriter):
    """`annotations/instances_train.json`, `images/train` and so on; nothing needs a sidecar.

    Ids are kept where there are any; objects without are numbered from 1 in each split, and
    classes from 1. Ignored objects have `iscrowd` 1.

    Args:
        output: the folder to make.
        class_names: in the order of the labels.
        class_ids: COCO's category ids; None, or ids in another order than the classes, for 1, 2,
            3, ….
    """

    def __init__(
        self, output: Path, class_names: Sequence[str], class_ids: Sequence[int] | None = None
    ) -> None:
        super().__init__(output, class_names, class_ids)
        # Readers take the classes in the order of their ids, so ids in another order cannot stay.
        in_order = class_ids is not None and list(class_ids) == sorted(set(class_ids))
        self._ids = (
            class_ids if class_ids is not None and in_order else range(1, len(class_names) + 1)
        )
        self._splits: dict[SplitName, _SplitFile] = {}

    def _begin(self, stack: ExitStack) -> None:
        self._stack = stack.enter_context(ExitStack())  # for splits that are opened later
        (self._folder / "annotations").mkdir()

    def _picture_folder(self, split: SplitName) -> Path:
        return self._folder / "images" / split

    def _write_labels(self, picture: LabelledPicture, file: Path) -> None:
        if picture.split not in self._splits:
            path = self._folder / "annotations" / f"instances_{picture.split}.json"
            self._splits[picture.split] = _SplitFile(path, self._stack)
        split = self._splits[picture.split]
        height, width = picture.size
        image_id = int(picture.image_id)
        split.add_image({"id": image_id, "file_name": file.name, "width": width, "height": height})
        corner, end = picture.boxes[:, :2], picture.boxes[:, 2:]
        exact = np.concatenate([corner, end - corner], axis=1)
        bboxes = without_noise(exact, 9, _read, picture.boxes)
        for row, label in enumerate(picture.labels):
            number = self.objects[picture.split] + row + 1
            split.add_annotation(
                {
                    "id": number if picture.object_ids is None else int(picture.object_ids[row]),
                    "image_id": image_id,
                    "category_id": self._ids[label],
                    "bbox": [_number(value) for value in bboxes[row].tolist()],
                    "area": _number(float(picture.area[row])),
                    "iscrowd": int(picture.ignore[row]),
                    "segmentation": [],
                }
            )

    def _end(self) -> None:
        categories = [
            {"id": number, "name": name, "supercategory": ""}
            for number, name in zip(self._ids, self.class_names, strict=True)
        ]
        for split in self._splits.values():
            split.end(categories)


class _SplitFile:
    """A COCO file that grows picture by picture: the annotations wait in a file of their own."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._waiting_at = path.with_suffix(".annotations")
        self._file: TextIO = stack.enter_context(path.open("w", encoding="ascii"))
        self._waiting: TextIO = stack.enter_context(self._waiting_at.open("w+", encoding="ascii"))
        info = {"description": f"written by objloc {__version__}", "version": "1.0"}
        self._file.write(f'{{"info": {json.dumps(info)},\n"licenses": [],\n"images": [')
        self._image_separator = self._annotation_separator = "\n"

    def add_image(self, entry: dict[str, Any]) -> None:
        self._file.write(self._image_separator + json.dumps(entry))
        self._image_separator = ",\n"

    def add_annotation(self, entry: dict[str, Any]) -> None:
        self._waiting.write(self._annotation_separator + json.dumps(entry))
        self._annotation_separator = ",\n"

    def end(self, categories: list[dict[str, Any]]) -> None:
        self._file.write('\n],\n"annotations": [')
        self._waiting.seek(0)
        shutil.copyfileobj(self._waiting, self._file)
        self._file.write(f'\n],\n"categories": {json.dumps(categories)}}}\n')
        self._waiting.close()
        self._waiting_at.unlink()


def _read(bboxes: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
    corner, sides = bboxes[:, :2], bboxes[:, 2:]
    return np.concatenate([corner, corner + sides], axis=1)


def _number(value: float) -> int | float:
    """Whole numbers as such: 12 instead of 12.0."""
    return int(value) if value.is_integer() else value
