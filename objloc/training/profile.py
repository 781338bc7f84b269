"""Profiles a stretch of work: where Python's and TensorFlow's time goes."""

import cProfile
import io
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from objloc.training.run_folder import write_atomically, writing

LINES = 40


@contextmanager
def profiled(folder: Path) -> Iterator[None]:
    """Write two profiles of what happens inside the `with` to `folder`.

    `python.txt` lists the functions of the calling thread by the time spent below them; beside it,
    with TensorFlow, lies a trace of every operation for TensorBoard's profiler.

    Raises:
        TrainingError: if the folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    tensorflow = keras.backend.backend() == "tensorflow"
    if tensorflow:
        import tensorflow as tf  # only where it is the backend

        tf.profiler.experimental.start(str(folder))
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        if tensorflow:
            tf.profiler.experimental.stop()
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(LINES)
        write_atomically(folder / "python.txt", text.getvalue().encode())
