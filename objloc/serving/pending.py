"""A request under way: its pictures, and what was found in them so far."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from objloc.evaluation.detections import Detections
from objloc.serving.picture_reader import ReadPicture
from objloc.serving.served_model import ServedModel


@dataclass(eq=False)
class Waiting:
    """A picture of a request, on its way.

    Attributes:
        request: whose it is.
        picture: as it came; let go of when it is read.
        read: as the model wants it, once it is read.
        decode: seconds that reading took.
        queue: seconds that it waited for a worker and for the model.
        model: seconds of the model's call.
        found: the model's answer.
        ready_at: when it was read, of `time.perf_counter`.
    """

    request: "Pending"
    picture: bytes | np.ndarray | None
    read: ReadPicture | None = None
    decode: float = 0.0
    queue: float = 0.0
    model: float = 0.0
    found: Detections | None = None
    ready_at: float = 0.0


@dataclass(eq=False)
class Pending:
    """A request's pictures, which one and the same model answers.

    Attributes:
        model: that answers.
        loop: on which the answer is awaited.
        done: is set to None when all pictures are answered, or to what went wrong.
        pictures: in the request's order.
        left: pictures that are not answered yet.
        dropped: nobody waits for the answer any more.
        accepted: when it came, of `time.perf_counter`.
    """

    model: ServedModel
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    pictures: list[Waiting] = field(default_factory=list)
    left: int = 0
    dropped: bool = False
    accepted: float = field(default_factory=time.perf_counter)

    @staticmethod
    def of(model: ServedModel, pictures: Sequence[bytes | np.ndarray]) -> "Pending":
        """A request on the running loop."""
        loop = asyncio.get_running_loop()
        pending = Pending(model, loop, loop.create_future(), left=len(pictures))
        pending.pictures = [Waiting(pending, picture) for picture in pictures]
        return pending

    def finish(self, error: Exception | None = None) -> None:
        """Wakes who waits for the answer; called on the loop."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
