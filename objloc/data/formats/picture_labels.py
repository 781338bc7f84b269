"""The labels of single pictures, gathered into one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding


@dataclass(frozen=True)
class PictureLabels:
    """What is known about one picture with N objects.

    Attributes:
        file: the picture, relative to the dataset's folder.
        label_file: the file that holds its labels.
        size: height and width in pixels; 0, 0 where unknown.
        split: index into `SPLITS`, or `NO_SPLIT`.
        boxes: (N, 4) xyxy in pixels.
        labels: (N,) index into the class names.
        ignore: (N,) objects that neither count as found nor as missed.
        area: (N,) square pixels.
        refs: (N,) place in the label file.
    """

    file: str
    label_file: str
    size: tuple[int, int]
    split: int
    boxes: Float64[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float64[np.ndarray, " n"]
    refs: Int64[np.ndarray, " n"]


def gather(
    root: Path,
    class_names: tuple[str, ...],
    pictures: Sequence[PictureLabels],
    ref_kind: str,
    findings: Sequence[Finding],
) -> Annotations:
    """The table of all pictures, sorted by their paths."""
    pictures = sorted(pictures, key=lambda picture: picture.file)
    counts = [len(picture.labels) for picture in pictures]
    return Annotations(
        root=root,
        class_names=class_names,
        files=[picture.file for picture in pictures],
        label_files=[picture.label_file for picture in pictures],
        image_ids=np.arange(len(pictures)),
        sizes=np.array([picture.size for picture in pictures], np.int32).reshape(-1, 2),
        splits=np.array([picture.split for picture in pictures], np.int8),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        boxes=np.concatenate([np.zeros((0, 4)), *(picture.boxes for picture in pictures)]),
        labels=np.concatenate([np.zeros(0, np.int32), *(picture.labels for picture in pictures)]),
        ignore=np.concatenate([np.zeros(0, np.bool_), *(picture.ignore for picture in pictures)]),
        area=np.concatenate([np.zeros(0), *(picture.area for picture in pictures)]),
        refs=np.concatenate([np.zeros(0, np.int64), *(picture.refs for picture in pictures)]),
        ref_kind=ref_kind,
        findings=tuple(findings),
    )
