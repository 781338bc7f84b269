"""Many files read at once: waiting for one of them lets others be read."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from objloc.progress import progress

Item = TypeVar("Item")
Result = TypeVar("Result")

_THREADS = 8
_CHUNK = 64  # handing over a single file costs as much as reading it


def thread_map(
    function: Callable[[Item], Result], items: Sequence[Item], text: str | None = None
) -> list[Result]:
    """`function` of each item, in their order.

    Args:
        function: safe to call from several threads.
        items: what to call it with.
        text: what is being done, for a progress bar; None for no bar.
    """

    def shown(results: Iterable[Result]) -> list[Result]:
        return list(results if text is None else progress(results, text, total=len(items)))

    if len(items) <= _CHUNK:
        return shown(map(function, items))
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = pool.map(lambda part: [*map(function, part)], chunks)
        return shown(chain.from_iterable(answers))
