"""Writes `objloc.json`, for what a format's own label files cannot hold."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from objloc.data.formats.sidecar import COLUMNS, VERSION
from objloc.data.writers.labelled_picture import LabelledPicture

_ABOUT = (
    "What the label files of this set cannot say: ids, areas, ignored objects, the order of "
    "classes. objloc reads it beside them; nothing else needs it."
)


class SidecarWriter:
    """Written picture by picture, one line each, so that any number of them takes no memory.

    Args:
        file: where to write.
        class_names: in the order of the labels.
        class_ids: COCO's category ids, None where there are none.
        holds_ignore: the label files say which objects are ignored.
    """

    def __init__(
        self,
        file: Path,
        class_names: Sequence[str],
        class_ids: Sequence[int] | None,
        *,
        holds_ignore: bool,
    ) -> None:
        self._holds_ignore = holds_ignore
        self._separator = "\n"
        self._file = file.open("w", encoding="ascii")
        head = {
            "objloc": VERSION,
            "about": _ABOUT,
            "class_names": list(class_names),
            "class_ids": None if class_ids is None else [int(number) for number in class_ids],
            "object_columns": list(COLUMNS),
        }
        for key, value in head.items():
            self._file.write(f'{"{" if key == "objloc" else " "}"{key}": {json.dumps(value)},\n')
        self._file.write(' "pictures": {')

    def add(
        self,
        file: str,
        picture: LabelledPicture,
        recovered: Float64[np.ndarray, "n 4"],
        written: Bool[np.ndarray, " n"],
    ) -> None:
        """Notes a picture; its objects only where the label file leaves something out.

        Args:
            file: the picture's path in the set's folder, with slashes.
            picture: what was asked to be written.
            recovered: the boxes as a reader gets them from the label file alone.
            written: which objects are in the label file; the others stand here alone.
        """
        entry: dict[str, Any] = {"id": int(picture.image_id)}
        if not (written.all() and self._implied(picture, recovered)):
            entry["objects"] = self._objects(picture, written)
        self._file.write(f"{self._separator}{json.dumps(file)}: {json.dumps(entry)}")
        self._separator = ",\n"

    def end(self) -> None:
        """Completes the file."""
        self._file.write("\n}}\n")

    def close(self) -> None:
        """Closes the file, complete or not."""
        self._file.close()

    def _implied(self, picture: LabelledPicture, recovered: Float64[np.ndarray, "n 4"]) -> bool:
        """True where a reader gets everything from the label file alone, to a sample's float32."""
        area = (recovered[:, 2:] - recovered[:, :2]).prod(axis=1)
        return (
            picture.object_ids is None
            and (self._holds_ignore or not picture.ignore.any())
            and np.array_equal(recovered.astype(np.float32), picture.boxes.astype(np.float32))
            and np.array_equal(area.astype(np.float32), picture.area.astype(np.float32))
        )

    def _objects(
        self, picture: LabelledPicture, written: Bool[np.ndarray, " n"]
    ) -> list[list[Any]]:
        ids = [None] * len(picture.labels) if picture.object_ids is None else picture.object_ids
        rows = []
        for row, number in enumerate(ids):
            rows.append(
                [
                    int(picture.labels[row]),
                    *picture.boxes[row].tolist(),
                    None if self._holds_ignore else bool(picture.ignore[row]),
                    float(picture.area[row]),
                    None if number is None else int(number),
                    bool(written[row]),
                ]
            )
        return rows
