"""What a callback may know about the training it takes part in."""

from dataclasses import dataclass
from pathlib import Path

from objloc.data import Dataset
from objloc.training.run_logger import RunLogger


@dataclass(frozen=True)
class FitContext:
    """Handed to every `TrainingCallback` before the first step.

    Attributes:
        dataset: what is trained on.
        logger: where numbers and pictures go.
        run_dir: the run's folder; its `checkpoints` folder exists.
        batch_size: images in a step.
        epochs: number of epochs of the whole run.
        steps_per_epoch: steps in each of them.
        workers: worker processes for reading pictures; 0 reads in a thread.
    """

    dataset: Dataset
    logger: RunLogger
    run_dir: Path
    batch_size: int
    epochs: int
    steps_per_epoch: int
    workers: int
