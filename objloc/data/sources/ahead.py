"""Work done by threads ahead of its use, never further than a number of results."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Result = TypeVar("Result")


def ahead(
    calls: Iterator[Callable[[], Result | None]], threads: int, depth: int
) -> Generator[Result, None, None]:
    """What the calls answer, in their order, until the first None.

    At most `depth` results wait, so memory does not depend on how many calls there are. Closing
    the iterator (or leaving it to be freed) drops what waits and ends the threads.

    Args:
        calls: taken from the iterator as there is room for their results.
        threads: how many calls run at the same time; with 1 they run one after the other.
        depth: results at most, those being worked on included.
    """
    waiting: deque[Future[Result | None]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    try:
        waiting.extend(pool.submit(call) for call in islice(calls, depth))
        while waiting:
            result = waiting.popleft().result()
            if result is None:
                return
            waiting.extend(pool.submit(call) for call in islice(calls, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
