"""Makes SIGTERM an orderly end: what is open is closed, what is running is recorded."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_STATUS = 143  # 128 + SIGTERM, as shells say it


@contextmanager
def sigterm_as_exit() -> Iterator[None]:
    """Makes SIGTERM raise `SystemExit(143)` inside, unless the program handles it already."""
    mine = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not mine:
        yield
        return
    owner = os.getpid()

    def leave(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked worker inherits the handler, but not the run
            os._exit(EXIT_STATUS)
        raise SystemExit(EXIT_STATUS)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
