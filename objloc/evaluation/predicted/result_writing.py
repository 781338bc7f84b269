"""Writes down what is found while a source is looked at; Ctrl-C ends it orderly."""

import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from types import FrameType

from objloc.data.sources import SourcePicture
from objloc.errors import DataError
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import ResultWriter, Summary
from objloc.progress import progress


def write_predictions(
    pictures: Generator[PredictedPicture | SourcePicture, None, None],
    writers: Sequence[ResultWriter],
    unit: str = "pictures",
    total: int | None = None,
) -> Summary:
    """Hands each picture to all writers, with a progress bar, and ends the writers.

    After the first Ctrl-C the writers are ended as usual, the summary says that it isn't
    complete, and nothing is raised; the second one interrupts.

    Args:
        pictures: as `predict_source` gives them.
        writers: ended here, whatever happens.
        unit: what the pictures are called.
        total: how many there are; None where nobody knows.

    Raises:
        DataError: the results cannot be written.
    """
    summary = Summary(complete=False)
    try:
        with _interrupts() as interrupted, closing(pictures):
            for picture in progress(pictures, f"looking at {unit}", total, unit):
                if isinstance(picture, SourcePicture):
                    summary.skipped.append((picture.name, picture.problem))
                else:
                    summary.add(picture)
                    for writer in writers:
                        writer.add(picture)
                if interrupted.is_set():
                    break
            else:
                summary.complete = True
        for writer in writers:
            writer.end(summary)
    except BaseException as error:
        for writer in writers:
            with suppress(Exception):  # the error is what matters
                writer.end(summary)
        if isinstance(error, OSError):
            raise DataError(
                f"the results cannot be written ({error.strerror or error}); make room there or "
                "choose another folder: output=FOLDER"
            ) from error
        raise
    return summary


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Is set by the first Ctrl-C instead of a KeyboardInterrupt; the second one interrupts."""
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)
