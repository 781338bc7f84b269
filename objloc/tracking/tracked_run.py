"""What a command may record about a run, beyond what training does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from objloc.tracking.about_model import AboutModel
from objloc.training.run_logger import RunLogger


class TrackedRun(RunLogger, Protocol):
    """A run that is going on, as `MlflowTracker.run` and `NoTracker.run` hand it out."""

    def log_config(self, config: Mapping[str, object]) -> None:
        """Record the composed config: flat params, and the whole as `config.yaml`."""

    def log_dataset(self, description: Mapping[str, object], context: str = "training") -> None:
        """Record what the run learns from: `name`, `digest`, and anything else as its profile.

        Args:
            description: of the dataset.
            context: what it is used for: "training" or "evaluation".
        """

    def log_model(self, model_file: Path, about: AboutModel | None = None) -> str | None:
        """Store a saved localizer (`.keras`) as an MLflow model.

        Args:
            model_file: the localizer.
            about: what is to be stored with it.

        Returns:
            The model's URI, `models:/…`, or None where models are not stored.
        """
