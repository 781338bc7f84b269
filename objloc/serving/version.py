"""Which version of objloc this is, without importing all that `objloc` itself offers."""

from importlib import metadata


def installed_version() -> str:
    """As the package's metadata says; `unknown` where objloc runs without being installed."""
    try:
        return metadata.version("objloc")
    except metadata.PackageNotFoundError:
        return "unknown"
