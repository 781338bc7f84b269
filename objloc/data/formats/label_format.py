"""What the reader of a label format offers: a folder in, one table of labels out."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from objloc.data.files.annotations import Annotations


@runtime_checkable
class LabelFormat(Protocol):
    """Reads the labels of a folder, whichever of a format's layouts it has."""

    name: str
    """What the format is called: "voc", "coco", "yolo"."""

    def read(self, root: Path) -> Annotations:
        """Everything that the labels below `root` say, in the order of the pictures' paths.

        What is wrong with single files or entries becomes a finding, and the entry is left out.
        Boxes are kept as they are written, wherever they lie.

        Raises:
            DataError: nothing can be read at all.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """The options that decide what is read, ready for JSON."""
        ...
