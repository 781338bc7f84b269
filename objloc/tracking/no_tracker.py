"""The tracker of `tracking=off`: runs leave nothing behind but their folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from objloc.tracking.tracked_run import TrackedRun
from objloc.training.run_logger import NullLogger


class NoTracker:
    """Stands in for `MlflowTracker` and records nothing."""

    @contextmanager
    def run(
        self,
        *,
        name: str,
        overrides: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        resume_run_id: str | None = None,
        parent_run_id: str | None = None,
    ) -> Iterator[TrackedRun]:
        """A run of which nothing is recorded; arguments as `MlflowTracker.run`'s."""
        yield _UntrackedRun()


class _UntrackedRun(NullLogger):
    """Takes everything, keeps nothing."""

    def log_config(self, config: Mapping[str, object]) -> None:
        """Drop the config."""

    def log_dataset(self, description: Mapping[str, object], context: str = "training") -> None:
        """Drop the description."""

    def log_model(
        self,
        model_file: Path,
        *,
        config: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        examples: Sequence[UInt8[np.ndarray, "_ _ 3"]] = (),
    ) -> str | None:
        """Leave the model where it is."""
        return None
