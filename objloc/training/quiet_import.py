"""Keeps what native libraries write while they are loaded away from the user's screen."""

from contextlib import AbstractContextManager

from objloc.quiet import quiet


def quiet_import() -> AbstractContextManager[None]:
    """Hold back what is written to the process's stderr; show it only if the block fails.

    TensorFlow's C++ side writes a dozen lines about missing GPUs while it loads, before it has
    read the setting that would stop it, and past Python's own `sys.stderr`.
    """
    return quiet(2)
