"""A model that is served from a file, and served anew when another file takes its place."""

import hashlib
from pathlib import Path

from objloc.engines.exported_model import read_exported, sidecar_of
from objloc.errors import ExportError
from objloc.serving.served_model import FoundFile


def file_version(file: Path) -> str:
    """The beginning of a model's SHA-256; of its files' sums, where it consists of several.

    Raises:
        ExportError: it is missing, or not as its sidecar says.
    """
    first, *others = read_exported(file).files.values()
    whole = hashlib.sha256(" ".join([first, *others]).encode()).hexdigest() if others else first
    return whole[:12]


class ModelFile:
    """Finds one exported model's file (`ModelFinder`); its version is its SHA-256's beginning.

    Args:
        file: the model's; its sidecar lies beside it.
        name: for people; None for the file's own.
    """

    def __init__(self, file: Path, name: str | None = None) -> None:
        self.file = file
        self.name = name or file.stem
        self._seen: tuple[int, ...] = ()
        self._version = ""

    def find(self) -> FoundFile:
        """The file as it is now.

        Raises:
            ExportError: it is missing, or not as its sidecar says.
        """
        seen = self._times()
        if seen != self._seen:
            self._version = file_version(self.file)
            self._seen = seen
        return FoundFile(self.file, self.name, self._version)

    def _times(self) -> tuple[int, ...]:
        try:
            stats = [self.file.stat(), sidecar_of(self.file).stat()]
        except OSError as error:
            raise ExportError(
                f"{self.file}: no exported model, or no sidecar beside it ({error.strerror}); "
                "export it with python -m objloc.export"
            ) from error
        return tuple(number for one in stats for number in (one.st_mtime_ns, one.st_size))
