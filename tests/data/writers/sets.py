"""Labelled sets for the tests of writers: read, converted and compared."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from objloc.data import FileDataset
from objloc.data.formats import Coco, Voc, Yolo
from objloc.data.writers import WRITERS, labelled_files

READERS = {"voc": Voc, "coco": Coco, "yolo": Yolo}
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Entry:
    """All that must survive of one picture; N objects, in their order."""

    file: str
    size: tuple[int, int]
    boxes: tuple[tuple[float, ...], ...]
    classes: tuple[str, ...]
    ignore: tuple[bool, ...]
    area: tuple[float, ...]
    ids: tuple[int, ...] | None


@dataclass(frozen=True)
class Content:
    """All that must survive of a set; pictures by split and id."""

    class_names: tuple[str, ...]
    class_ids: tuple[int, ...] | None
    pictures: dict[tuple[str, int], Entry]


def dataset(root: Path, format: str) -> FileDataset:
    return FileDataset(root=root, format=READERS[format]())


def convert(root: Path, format: str, to: str, output: Path) -> Path:
    """What the command does."""
    source = dataset(root, format)
    ids = source.labels("train").class_ids
    with WRITERS[to](output, source.class_names, None if ids is None else ids.tolist()) as writer:
        for split in SPLITS:
            for picture in labelled_files(source.labels(split), split):
                writer.add(picture)
    return output


def content(root: Path, format: str) -> Content:
    """What a set holds; numbers as the float32 of samples, pictures as digests of their files."""
    source = dataset(root, format)
    pictures = {}
    for split in SPLITS:
        labels = source.labels(split)
        if not len(labels):
            continue
        samples = source.split(split)
        ids = labels.refs if labels.ref_kind == "annotation" else labels.object_ids
        for image in range(len(labels)):
            rows = labels.objects(image)
            sample = samples.sample(0, image)
            pictures[split, int(labels.image_ids[image])] = Entry(
                file=hashlib.sha256(labels.path(image).read_bytes()).hexdigest(),
                size=sample.size,
                # Upright, as a model is given them. Training samples are neither reduced nor
                # augmented here.
                boxes=tuple(map(tuple, sample.boxes.tolist())),
                classes=tuple(labels.class_names[label] for label in sample.labels),
                ignore=tuple(sample.ignore.tolist()),
                area=tuple(labels.area[rows].astype(np.float32).tolist()),
                ids=None if ids is None else tuple(ids[rows].tolist()),
            )
    known = source.annotations.class_ids
    return Content(source.class_names, None if known is None else tuple(known.tolist()), pictures)


def raw_boxes(root: Path, format: str) -> dict[str, np.ndarray]:
    """The boxes of each picture as the reader gives them, by the file's bytes and name."""
    table = READERS[format]().read(root)
    return {
        f"{table.path(image).name} {hashlib.sha256(table.path(image).read_bytes()).hexdigest()}": (
            table.boxes[table.objects(image)]
        )
        for image in range(len(table))
    }
