"""Keeps the runs' contact sheets of test predictions, small, and cuts a strip out of them."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from objloc.data.drawing import tile

COLUMNS = 6
"""Pictures in a row of a run's sheet of test predictions (objloc/train.py)."""

GAP = 4
"""Pixels between them (objloc/training/prediction_sheet.py)."""

LARGEST_FILE = 300_000
"""Bytes."""

_WIDTH = 1200
_CELL = 160


def keep_sheet(sheet: Path, file: Path) -> None:
    """Write a sheet as WebP, at most `_WIDTH` pixels wide, in fewer than `LARGEST_FILE` bytes."""
    with Image.open(sheet) as opened:
        picture = opened.convert("RGB")
    if picture.width > _WIDTH:
        height = round(picture.height * _WIDTH / picture.width)
        picture = picture.resize((_WIDTH, height), Image.Resampling.LANCZOS)
    file.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(90, 0, -10):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() < LARGEST_FILE:
            break
    file.write_bytes(buffer.getvalue())


def make_strip(sheets: Iterable[Path], file: Path, rows: int = 2) -> None:
    """Write a PNG with a column for each sheet: its last pictures, which nobody chose."""
    columns = [_last_cells(sheet, rows) for sheet in sheets]
    cells = [column[row] for row in range(rows) for column in columns]
    picture = Image.fromarray(tile(cells, columns=len(columns), gap=GAP))
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def _last_cells(sheet: Path, number: int) -> list[np.ndarray]:
    """The last cells of a sheet, row by row, each uint8 (`_CELL`, `_CELL`, 3)."""
    with Image.open(sheet) as opened:
        picture = opened.convert("RGB")
    # Cells are square, and a kept sheet's gaps have shrunk with its cells.
    cell = (picture.width - (COLUMNS - 1) * GAP) / COLUMNS
    rows = round((picture.height + GAP) / (cell + GAP))
    places = [(row, column) for row in range(rows) for column in range(COLUMNS)][-number:]
    step_x, step_y = (picture.width + GAP) / COLUMNS, (picture.height + GAP) / rows
    return [
        np.asarray(
            picture.resize(
                (_CELL, _CELL),
                Image.Resampling.LANCZOS,
                box=(column * step_x, row * step_y, column * step_x + cell, row * step_y + cell),
            )
        )
        for row, column in places
    ]
