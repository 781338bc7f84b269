"""Tells one process of one computer from every other, so that another can see whether it lives."""

import os
import socket
from dataclasses import dataclass

import psutil

_TOLERANCE_SECONDS = 5.0  # the system's idea of a process' start moves a little with its clock


@dataclass(frozen=True)
class ProcessMark:
    """Host, process id and the process' start in seconds since 1970.

    Process ids are used again: the same id with another start is another process.
    """

    host: str
    pid: int
    process_start: float

    @classmethod
    def mine(cls) -> "ProcessMark":
        """The mark of this process."""
        start = round(psutil.Process().create_time())
        return cls(socket.gethostname(), os.getpid(), start)

    @property
    def is_here(self) -> bool:
        """Is it a process of this computer? Of others nothing is known."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Does it run on this computer? False if it runs on another, or is a zombie."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            started, status = process.create_time(), process.status()
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True
        return (
            status != psutil.STATUS_ZOMBIE
            and abs(started - self.process_start) <= _TOLERANCE_SECONDS
        )
