"""Writes a trained localizer to a file that can be loaded anywhere."""

from pathlib import Path

from objloc.models import Localizer
from objloc.training.run_folder import writing


def save_model(localizer: Localizer, file: Path) -> None:
    """Write the model alone to `file` (`….keras`): no optimizer, loss or metrics.

    They would double the size of the file, and whoever loads it would need them.

    Raises:
        TrainingError: if the disk is full or the folder cannot be written.
    """
    bare = Localizer.from_config(localizer.get_config())
    bare.set_weights(localizer.get_weights())
    temporary = file.with_name(f".writing-{file.name}")
    with writing(file.parent):
        try:
            bare.save(temporary)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
