"""Many small files read at once: waiting for one of them lets others be read."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_THREADS = 8
_CHUNK = 64  # handing over a single file costs as much as reading it


def thread_map(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """`function` of each item, in their order."""
    if len(items) <= _CHUNK:
        return [function(item) for item in items]
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(chain.from_iterable(pool.map(lambda part: [*map(function, part)], chunks)))
