"""Pictures of a dataset, chosen evenly: to compare with, to calibrate with, to show."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from objloc.data.resize import ResizeMode, resize
from objloc.data.sample_source import SampleSource

_LARGE = 1 << 16
"""Pixels from which on a picture is written as JPEG; smaller ones keep every pixel, as PNG."""


def resized(source: SampleSource, count: int, size: int, mode: ResizeMode) -> np.ndarray:
    """So many pictures of a split at most, as the model is fed them: uint8 (N, size, size, 3)."""
    pictures = [
        resize(source.sample(0, index).image, size, mode)[0]
        for index in _spread(len(source), count)
    ]
    return np.stack(pictures) if pictures else np.empty((0, size, size, 3), np.uint8)


def write_examples(source: SampleSource, count: int, folder: Path) -> list[Path]:
    """Writes so many pictures with an object in them, as they are: `0.png`, `1.png`, … or `.jpg`.

    Earlier ones are removed.
    """
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    written: list[Path] = []
    for picture in _with_objects(source, count):
        small = picture.shape[0] * picture.shape[1] < _LARGE
        file = folder / f"{len(written)}.{'png' if small else 'jpg'}"
        Image.fromarray(picture).save(file, quality=92)
        written.append(file)
    return written


def _with_objects(source: SampleSource, count: int) -> Iterator[np.ndarray]:
    """The first of each of `count` parts of the split that shows an object."""
    edges = [len(source) * part // count for part in range(count + 1)]
    for first, last in itertools.pairwise(edges):
        for index in range(first, last):
            sample = source.sample(0, index)
            if len(sample.boxes):
                yield sample.image
                break


def _spread(length: int, count: int) -> list[int]:
    """So many of 0 .. length - 1 at most, evenly."""
    count = min(length, count)
    return [length * place // count for place in range(count)]
