"""Tags that tell which process a run belongs to, and whether that process still lives."""

from collections.abc import Mapping

from objloc.process_mark import ProcessMark

_HOST, _PID, _START = "objloc.host", "objloc.pid", "objloc.process_start"


def process_tags() -> dict[str, str]:
    """Host, process id and the process' start in seconds since 1970."""
    mark = ProcessMark.mine()
    return {_HOST: mark.host, _PID: str(mark.pid), _START: f"{mark.process_start:.0f}"}


def is_orphan(tags: Mapping[str, str]) -> bool:
    """Did the process with these tags run on this host, and is it dead?

    False for a run of another host, or without the tags: nothing is known of it.
    """
    try:
        mark = ProcessMark(tags[_HOST], int(tags[_PID]), float(tags[_START]))
    except (KeyError, ValueError):
        return False
    return mark.is_here and not mark.is_alive()
