"""The tracker of `tracking=off`: runs leave nothing behind but their folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from objloc.tracking.about_model import AboutModel
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

    def log_model(self, model_file: Path, about: AboutModel | None = None) -> str | None:
        """Leave the model where it is."""
        return None
