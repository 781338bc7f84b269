"""What all writers of predictions do alike: take pictures one by one, and keep none of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from objloc.evaluation.predicted.predicted_picture import PredictedPicture


@dataclass(frozen=True)
class Facts:
    """What predictions were made with and of.

    Attributes:
        model: as it was asked for.
        run_id: of the run that trained it; "" where it is not known.
        class_names: in the order of the labels.
        score_threshold: detections count from it on.
        source: where the pictures are, for people.
        root: the folder that their names are relative to; None where they are in no folder.
    """

    model: str
    run_id: str
    class_names: Sequence[str]
    score_threshold: float
    source: str
    root: Path | None

    def as_dict(self) -> Mapping[str, Any]:
        """For JSON."""
        return {
            "model": self.model,
            "run_id": self.run_id,
            "class_names": list(self.class_names),
            "score_threshold": float(self.score_threshold),
            "source": self.source,
            "root": None if self.root is None else str(self.root),
        }


@dataclass
class Summary:
    """What became of a source.

    Attributes:
        pictures: how many were looked at.
        with_detections: how many of them something was found in.
        detections: how many there are.
        skipped: name and reason of each picture that could not be read.
        complete: False where it was ended early.
    """

    pictures: int = 0
    with_detections: int = 0
    detections: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    complete: bool = True

    def add(self, picture: PredictedPicture) -> None:
        """Counts a picture."""
        self.pictures += 1
        self.with_detections += bool(len(picture.found))
        self.detections += len(picture.found)


class ResultWriter(ABC):
    """Writes one kind of result, picture by picture."""

    @abstractmethod
    def add(self, picture: PredictedPicture) -> None:
        """Writes one picture's answer."""

    @abstractmethod
    def end(self, summary: Summary) -> None:
        """Writes what is known at the end only, and closes the files; called once."""


class Entries:
    """The entries of a JSON list, one on a line, with commas between them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._separator = "\n"

    def add(self, entries: Iterable[str]) -> None:
        """Writes entries, which are JSON already."""
        for entry in entries:
            self._file.write(self._separator + entry)
            self._separator = ",\n"
