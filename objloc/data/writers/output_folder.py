"""A folder that appears whole or not at all."""

import os
import shutil
from pathlib import Path
from types import TracebackType

from objloc.errors import DataError


class OutputFolder:
    """Files are written into `path`, a hidden folder beside the output, renamed at the end.

    Whatever ends the block early (an error, a full disk, Ctrl-C) takes the hidden folder away.

    Args:
        output: the folder to make; it may exist as long as it is empty.

    Raises:
        DataError: at the start where the output exists and is not empty or cannot be made, and at
            the end of a block that a system error (a full disk) broke.
    """

    def __init__(self, output: Path) -> None:
        self.output = output.absolute()
        self.path = self.output.with_name(f".{self.output.name}.partial-{os.getpid()}")
        self._shown = output

    def __enter__(self) -> "OutputFolder":
        try:
            # A link may point into the user's data, so it is never written through.
            if self.output.is_symlink() or (self.output.exists() and not self.output.is_dir()):
                raise DataError(f"output={self._shown} is no folder; choose another name")
            if self.output.exists() and any(self.output.iterdir()):
                raise DataError(
                    f"output={self._shown} is not empty; choose another folder, or remove this "
                    "one if it is no longer needed"
                )
            self.output.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():  # left by a process of the same number that was killed
                shutil.rmtree(self.path)
            self.path.mkdir()
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                if self.output.exists():
                    self.output.rmdir()
                self.path.rename(self.output)
        except OSError as late:
            raise self._unwritable(late) from late
        finally:
            shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError):
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> DataError:
        reason = error.strerror or str(error)
        return DataError(
            f"output={self._shown} cannot be written ({reason}: {error.filename or self.output}); "
            "nothing was left behind; make room there or choose another folder"
        )
