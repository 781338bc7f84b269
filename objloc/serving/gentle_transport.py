"""A connection that is closed so that the client gets to read the last answer."""

import asyncio
from collections.abc import Callable


class GentleTransport:
    """Stands between uvicorn and asyncio's transport.

    Closing a socket while the client is still sending resets the connection, and what the client
    has not read yet may be lost. So this side alone is closed then, and the connection lingers
    until the client closes its side. A client that takes too long over that, or over reading its
    answer, is cut off.

    Args:
        transport: asyncio's.
        is_sending: whether the client is in the middle of a request.
        loop: the connection's.
        seconds: that a client may take.

    Attributes:
        is_lingering: nothing is written any more, and what still comes is for nobody.
        may_linger: without it, closing is closing.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        is_sending: Callable[[], bool],
        loop: asyncio.AbstractEventLoop,
        seconds: float,
    ) -> None:
        self._transport = transport
        self._is_sending = is_sending
        self._loop = loop
        self._seconds = seconds
        self._cut_off: asyncio.TimerHandle | None = None
        self.is_lingering = False
        self.may_linger = True
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def write(self, data: bytes) -> None:
        """Sends to a client that is still there."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def is_closing(self) -> bool:
        """True if nothing more should be written."""
        return self.is_lingering or self._transport.is_closing()

    def close(self) -> None:
        """Ends the connection once what was written is sent."""
        if self._transport.is_closing():
            return
        if self.may_linger and self._is_sending():
            self.linger()
        else:
            self._transport.close()
            if self._transport.get_write_buffer_size():
                self.cut_off_later()

    def linger(self) -> None:
        """Closes this side alone."""
        if self.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        if not self._transport.is_reading():
            self._transport.resume_reading()
        self.is_lingering = True
        self.cut_off_later()

    def cut_off_later(self) -> None:
        """Gives the client so long and no longer."""
        if self._cut_off is None:
            self._cut_off = self._loop.call_later(self._seconds, self.abort)

    def keep(self) -> None:
        """Takes `cut_off_later` back."""
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None
