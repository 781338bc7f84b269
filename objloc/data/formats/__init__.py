"""Readers of label formats: Pascal VOC, COCO and YOLO into one table."""

from objloc.data.formats.coco import Coco
from objloc.data.formats.label_format import LabelFormat
from objloc.data.formats.voc import Voc
from objloc.data.formats.yolo import Yolo

__all__ = ["Coco", "LabelFormat", "Voc", "Yolo"]
