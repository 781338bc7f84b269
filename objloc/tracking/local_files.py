"""Exported files of a model that lies on this machine's disk."""

import shutil
from pathlib import Path
from urllib.parse import unquote, urlparse

from objloc.errors import TrackingError
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.model_name import Located, UnknownToLookupError


def copy_exported(located: Located, folder: Path) -> bool:
    """Copies what lies in a model's `artifacts/exported` into a folder; False: nothing does.

    Raises:
        TrackingError: it cannot be copied.
        UnknownToLookupError: the model lies elsewhere.
    """
    place = urlparse(located.location)
    if place.scheme not in ("", "file"):
        raise UnknownToLookupError(f"{place.scheme} is no place on this machine")
    model = Path(unquote(place.path) if place.scheme else located.location)
    if not model.is_dir():
        raise UnknownToLookupError(f"{model} is not on this machine")
    source = model / EXPORTED
    if not source.is_dir():
        return False
    try:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise TrackingError(f"{source}: cannot be copied to {folder}: {error}") from error
    return True
