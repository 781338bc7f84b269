"""The run-logger protocol: all that training may say to a tracking store, whichever store it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8


@runtime_checkable
class RunLogger(Protocol):
    """Where a run's numbers, pictures and files go.

    Training, its callbacks and the commands write to this protocol alone. `NullLogger` (here) drops
    everything; `objloc.tracking.MlflowLogger` writes to MLflow.

    Attributes:
        run_id: the store's id of the run; "" where nothing is recorded.
    """

    run_id: str

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record settings; nested mappings become dotted names (`loss.weights.box`)."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers at a step: the epoch, by objloc's habit; None for a final value."""

    def log_image(self, image: UInt8[np.ndarray, "h w 3"], path: str) -> None:
        """Store a picture, uint8 (H, W, 3) RGB, as the PNG `path` (`pictures/epoch_003.png`)."""

    def log_text(self, text: str, path: str) -> None:
        """Store a text as the file `path` (`report.md`)."""

    def log_table(self, header: Sequence[str], rows: Sequence[Sequence[object]], path: str) -> None:
        """Store a table, in place of an earlier one, as the file `path` (`tables/classes.json`).

        Args:
            header: the columns' names.
            rows: cells as long as the header: texts, numbers, None.
            path: ends in `.json`.
        """

    def log_file(self, file: Path, folder: str | None = None) -> None:
        """Store a copy of a file, under its own name, in `folder` of the run's files."""

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set short facts to search and compare runs by (`head`, `backbone`, `dataset`)."""


class NullLogger:
    """The logger of `tracking=off`: takes everything, keeps nothing."""

    def __init__(self) -> None:
        self.run_id = ""

    def log_params(self, params: Mapping[str, object]) -> None:
        """Drop the settings."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Drop the numbers."""

    def log_image(self, image: UInt8[np.ndarray, "h w 3"], path: str) -> None:
        """Drop the picture."""

    def log_text(self, text: str, path: str) -> None:
        """Drop the text."""

    def log_table(self, header: Sequence[str], rows: Sequence[Sequence[object]], path: str) -> None:
        """Drop the table."""

    def log_file(self, file: Path, folder: str | None = None) -> None:
        """Leave the file where it is."""

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Drop the facts."""
