"""Keeps what libraries write past Python's own streams away from the user's screen."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet(*descriptors: int) -> Iterator[None]:
    """Hold back what is written to these file descriptors; show it only if the block fails.

    Args:
        descriptors: 1 for the process's standard output, 2 for its standard error.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    screens = {one: os.dup(one) for one in descriptors}
    with tempfile.TemporaryFile() as held:
        for one in descriptors:
            os.dup2(held.fileno(), one)
        try:
            yield
        except BaseException:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            held.seek(0)
            os.write(screens.get(2, 2), held.read())
            raise
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            for one, screen in screens.items():
                os.dup2(screen, one)
                os.close(screen)
