"""One thing that is wrong, or worth knowing, about a labelled dataset."""

from dataclasses import dataclass
from typing import Literal

from objloc.data.files.printable import printable

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What, where and the way out.

    Attributes:
        kind: a short name that groups findings: "box_outside", "duplicate_picture".
        severity: an "error" stops training, a "warning" should be looked at, a "note" is good to
            know.
        file: the file to open, relative to the dataset's folder.
        message: what is wrong, with the numbers.
        way_out: what to do about it.
        where: the place in the file: "annotation 17", "line 3", "object 2"; "" for all of it.
        files: picture files concerned, relative to the dataset's folder, for thumbnails.
        box: the box concerned, xyxy in pixels of the first of `files`.
    """

    kind: str
    severity: Severity
    file: str
    message: str
    way_out: str
    where: str = ""
    files: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None

    def __str__(self) -> str:
        """One line: file, place, what is wrong and what to do."""
        place = f"{self.file}: {self.where}" if self.where else self.file
        return printable(f"{place}: {self.message}; {self.way_out}")
