"""What an export came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from objloc.engines.exported_model import ExportedModel
from objloc.exporting.same_detections import Difference

Accuracy = Mapping[str, float]
"""Numbers by the names of `objloc.evaluation.evaluate`."""


@dataclass(frozen=True)
class ExportedFile:
    """An exported model on disk.

    Attributes:
        path: the file, or the folder; its sidecar lies beside it.
        exported: its sidecar.
        megabytes: of all that it consists of, in millions of bytes.
        milliseconds: that one picture takes (median).
        difference: how far its answers are from Keras'; None for int8, which is held to its
            accuracy.
        accuracy: of an int8 model.
    """

    path: Path
    exported: ExportedModel
    megabytes: float
    milliseconds: float
    difference: Difference | None = None
    accuracy: Accuracy | None = None


@dataclass(frozen=True)
class Export:
    """The files of an export, and Keras beside them.

    Attributes:
        files: as they were asked for; those in int8 come last.
        milliseconds: that one picture takes Keras.
        accuracy: of the model in Keras, where int8 was measured.
    """

    files: tuple[ExportedFile, ...]
    milliseconds: float
    accuracy: Accuracy | None = None
