"""A progress bar for long work, on the terminal alone: nothing is drawn into a log or a pipe."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

Item = TypeVar("Item")


def progress(
    items: Iterable[Item], text: str, total: int | None = None, unit: str = ""
) -> Iterator[Item]:
    """The items, with a bar on standard error while they are worked through.

    Args:
        items: anything to iterate over.
        text: what is being done: "reading pictures".
        total: how many there are, where `items` cannot tell; None where nobody knows.
        unit: what they are, to show how many are done in a second; "" shows no speed.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        *([_Speed(unit)] if unit else []),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield from bar.track(items, total=total, description=text)


class _Speed(ProgressColumn):
    """How many are done in a second."""

    def __init__(self, unit: str) -> None:
        super().__init__(Column(no_wrap=True))  # the bar gives way on a narrow terminal
        self._unit = unit

    def render(self, task: Task) -> Text:
        """The speed of the last moments, once there is one."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f} {self._unit}/s")
