"""Keeps what native libraries write while they are loaded away from the user's screen."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_import() -> Iterator[None]:
    """Hold back what is written to the process's stderr; show it only if the block fails.

    TensorFlow's C++ side writes a dozen lines about missing GPUs while it loads, before it has
    read the setting that would stop it, and past Python's own `sys.stderr`.
    """
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            sys.stderr.flush()
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
