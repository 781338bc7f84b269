"""Writers of label formats: labelled pictures into Pascal VOC, COCO and YOLO sets on disk."""

from collections.abc import Mapping

from objloc.data.writers.coco_writer import CocoWriter
from objloc.data.writers.label_writer import LabelWriter
from objloc.data.writers.labelled_files import labelled_files
from objloc.data.writers.labelled_picture import LabelledPicture
from objloc.data.writers.labelled_scenes import labelled_scenes
from objloc.data.writers.voc_writer import VocWriter
from objloc.data.writers.yolo_writer import YoloWriter

WRITERS: Mapping[str, type[LabelWriter]] = {
    "voc": VocWriter,
    "coco": CocoWriter,
    "yolo": YoloWriter,
}
"""By the names that the formats have on the command line."""

__all__ = [
    "WRITERS",
    "CocoWriter",
    "LabelWriter",
    "LabelledPicture",
    "VocWriter",
    "YoloWriter",
    "labelled_files",
    "labelled_scenes",
]
