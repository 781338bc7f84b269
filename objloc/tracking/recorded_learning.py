"""Finds the record of how a model learned: in its run's folder, or in the tracking store."""

import tempfile
from pathlib import Path

from objloc.insight.learning.stored import FOLDER, Learning, is_recorded, read_learning
from objloc.tracking.stored_localizer import model_file_at
from objloc.tracking.trained_model import TrainedModel


def recorded_learning(trained: TrainedModel) -> Learning | None:
    """The record that the model's run kept; None if it kept none, or nobody knows the run.

    Raises:
        DataError: a file of it is damaged.
        TrackingError: the store can't be asked.
    """
    file = model_file_at(Path(trained.source))
    if file is not None:
        return read_learning(file.parent) if is_recorded(file.parent) else None
    if not trained.run_id:
        return None
    from objloc.tracking.run_files import fetch_run_folder

    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        fetch_run_folder(trained.tracking_uri, trained.run_id, FOLDER, here)
        return read_learning(here) if is_recorded(here) else None
