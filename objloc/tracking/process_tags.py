"""Tags that tell which process a run belongs to, and whether that process still lives."""

import os
import socket
from collections.abc import Mapping

import psutil

_HOST, _PID, _START = "objloc.host", "objloc.pid", "objloc.process_start"
_TOLERANCE_SECONDS = 5.0  # the system's idea of a process' start moves a little with its clock


def process_tags() -> dict[str, str]:
    """Host, process id and the process' start in seconds since 1970."""
    return {
        _HOST: socket.gethostname(),
        _PID: str(os.getpid()),
        _START: f"{psutil.Process().create_time():.0f}",
    }


def is_orphan(tags: Mapping[str, str]) -> bool:
    """Did the process with these tags run on this host, and is it dead?

    False for a run of another host, or without the tags: nothing is known of it.
    """
    if tags.get(_HOST) != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(tags[_PID]))
        started = process.create_time()
        zombie = process.status() == psutil.STATUS_ZOMBIE
        # Process ids are used again: the same id with another start is another process.
        return zombie or abs(started - float(tags[_START])) > _TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return True
    except (KeyError, ValueError, psutil.AccessDenied):
        return False
