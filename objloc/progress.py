"""A progress bar for long work, on the terminal alone: nothing is drawn into a log or a pipe."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def progress(items: Iterable[Item], text: str, total: int | None = None) -> Iterator[Item]:
    """The items, with a bar on standard error while they are worked through.

    Args:
        items: anything to iterate over.
        text: what is being done: "reading pictures".
        total: how many there are, where `items` cannot tell; None where nobody knows.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield from bar.track(items, total=total, description=text)
