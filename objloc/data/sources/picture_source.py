"""What pictures to look at can come from."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from objloc.data.sources.source_picture import SourcePicture


@runtime_checkable
class PictureSource(Protocol):
    """Pictures in an order, read when they are asked for."""

    @property
    def name(self) -> str:
        """What a folder of results is named after."""

    @property
    def place(self) -> str:
        """Where the pictures are, for people."""

    @property
    def root(self) -> Path | None:
        """The folder that their names are relative to; None where they are in no folder."""

    @property
    def own_folder(self) -> Path | None:
        """The user's folder, into which nothing may be written, where a folder was named."""

    @property
    def threads(self) -> int:
        """How many of the reads may run at the same time."""

    @property
    def total(self) -> int | None:
        """How many pictures there are; None where nobody knows."""

    def reads(self) -> Iterator[Callable[[], SourcePicture | None]]:
        """Calls that read one picture each, in order; one that answers None ends them."""

    def close(self) -> None:
        """Lets go of files and devices."""
