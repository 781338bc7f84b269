"""Tables of labels written by hand, and a format that reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from objloc.data.files import Annotations, Finding
from objloc.data.files.annotations import NO_SPLIT, SPLITS

Object = tuple[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Picture:
    """What the label of one picture says."""

    file: str
    objects: Sequence[Object] = ()
    size: tuple[int, int] = (0, 0)
    split: str | None = None
    ignore: bool = False


def table(
    root: Path,
    pictures: Sequence[Picture],
    class_names: Sequence[str] = ("cat", "dog"),
    findings: Sequence[Finding] = (),
    image_ids: Sequence[int] | None = None,
) -> Annotations:
    """The table that a reader would make; lines count the objects of each label file."""
    objects = [entry for picture in pictures for entry in picture.objects]
    counts = [len(picture.objects) for picture in pictures]
    boxes = np.array([box for _, box in objects], np.float64).reshape(-1, 4)
    splits = [
        NO_SPLIT if p.split is None else [str(name) for name in SPLITS].index(p.split)
        for p in pictures
    ]
    return Annotations(
        root=root,
        class_names=tuple(class_names),
        files=[picture.file for picture in pictures],
        label_files=[f"{picture.file}.txt" for picture in pictures],
        image_ids=np.array(range(len(pictures)) if image_ids is None else image_ids, np.int64),
        sizes=np.array([picture.size for picture in pictures], np.int32).reshape(-1, 2),
        splits=np.array(splits, np.int8),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        boxes=boxes,
        labels=np.array([list(class_names).index(name) for name, _ in objects], np.int32),
        ignore=np.repeat([picture.ignore for picture in pictures], counts).astype(bool),
        area=(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]),
        refs=np.array([n + 1 for count in counts for n in range(count)], np.int64),
        ref_kind="line",
        findings=tuple(findings),
    )


@dataclass
class HandMade:
    """A label format whose "files" are a table in memory."""

    annotations: Annotations
    name: str = "voc"

    def read(self, root: Path) -> Annotations:
        return self.annotations

    def describe(self) -> dict[str, Any]:
        return {"name": self.name}
