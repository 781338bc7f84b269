"""What the labels of a set of pictures say: one table, whatever format it was read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int32, Int64

from objloc.data.dataset import SplitName
from objloc.data.files.finding import Finding

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")
NO_SPLIT = -1


@dataclass(frozen=True)
class Annotations:
    """The labels of I pictures with N objects, columns instead of a Python object for each.

    A million boxes are a few arrays: quick to read, small in memory, and cheap to send to worker
    processes. Nothing has been repaired: a box that the labels put outside its picture stands here
    as it is written; `findings` and the checks tell of it.

    Attributes:
        root: the folder that `files` and `label_files` are relative to.
        class_names: names in the order of the labels.
        files: I picture files.
        label_files: I files that hold the pictures' labels; one and the same for COCO.
        image_ids: (I,) the format's own ids (COCO), else 0..I-1.
        sizes: (I, 2) height and width in pixels as the label says, or as the picture's header
            says where a format states none; 0 where unknown.
        splits: (I,) index into `SPLITS`, `NO_SPLIT` where the format assigns none.
        starts: (I + 1,) picture i has the objects starts[i] .. starts[i + 1] - 1.
        boxes: (N, 4) xyxy in pixels, edges continuous (see `Sample`).
        labels: (N,) index into `class_names`.
        ignore: (N,) COCO's crowd, VOC's difficult.
        area: (N,) square pixels.
        refs: (N,) which entry of the label file it is: a number for `ref_kind`.
        ref_kind: what `refs` count: "annotation" (COCO's id), "line" (YOLO, from 1), "object"
            (VOC, from 1).
        findings: what was wrong with the label files themselves; entries that could not be read
            as a picture or an object are here and not in the arrays.
        class_ids: (C,) COCO's category ids; None where the set has none.
        object_ids: (N,) COCO's annotation ids where the set came from COCO and is read from
            another format; None where there are none, or `refs` are they.
    """

    root: Path
    class_names: tuple[str, ...]
    files: Sequence[str]
    label_files: Sequence[str]
    image_ids: Int64[np.ndarray, " i"]
    sizes: Int32[np.ndarray, "i 2"]
    splits: Int8[np.ndarray, " i"]
    starts: Int64[np.ndarray, " i+1"]
    boxes: Float64[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float64[np.ndarray, " n"]
    refs: Int64[np.ndarray, " n"]
    ref_kind: str
    findings: tuple[Finding, ...] = ()
    class_ids: Int64[np.ndarray, " c"] | None = None
    object_ids: Int64[np.ndarray, " n"] | None = None

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.files)

    def path(self, image: int) -> Path:
        """The picture file."""
        return self.root / self.files[image]

    def label_path(self, image: int) -> Path:
        """The file that holds the picture's labels."""
        return self.root / self.label_files[image]

    def objects(self, image: int) -> slice:
        """Where the picture's objects stand in the arrays of N."""
        return slice(int(self.starts[image]), int(self.starts[image + 1]))

    def image_of_object(self) -> Int64[np.ndarray, " n"]:
        """The picture of each object."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def where(self, row: int) -> str:
        """The object's place in its label file, as a person would look for it: "line 3"."""
        return f"{self.ref_kind} {self.refs[row]}"
