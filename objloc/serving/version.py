"""Which version of objloc this is, without importing all that `objloc` itself offers."""

from functools import cache
from importlib import metadata


@cache  # it is looked up in files
def installed_version() -> str:
    """As the package's metadata says; `unknown` where objloc runs without being installed."""
    try:
        return metadata.version("objloc")
    except metadata.PackageNotFoundError:
        return "unknown"
