from pathlib import Path

import numpy as np
from PIL import Image

from experiments.ladder.pictures import LARGEST_FILE, keep_sheet, make_strip
from objloc.data.drawing import tile
from objloc.training.gallery import COLUMNS


def sheet(file: Path, side: int) -> Path:
    """A sheet as a run leaves it: 24 cells, here of noise in the colour of their number."""
    rng = np.random.default_rng(0)
    cells = [rng.integers(0, 40, (side, side, 3), np.uint8) for _ in range(24)]
    for number, cell in enumerate(cells):
        cell[:, :, number % 3] += 200
    Image.fromarray(tile(cells, columns=COLUMNS)).save(file)
    return file


def test_sheets_shrink_and_the_strip_shows_their_last_cells(tmp_path: Path) -> None:
    kept = []
    for side in (256, 288):
        kept.append(tmp_path / "new" / f"{side}.webp")
        keep_sheet(sheet(tmp_path / "sheet.png", side), kept[-1])
        assert kept[-1].stat().st_size < LARGEST_FILE
    make_strip(kept, tmp_path / "strip.png")
    strip = np.asarray(Image.open(tmp_path / "strip.png").convert("RGB"))
    assert strip.shape == (324, 324, 3)
    # Cells 22 and 23 are green and blue, below each other, with nothing of their neighbours.
    for column in (0, 164):
        for row, colour in ((0, 1), (164, 2)):
            cell = strip[row : row + 160, column : column + 160]
            assert (cell.argmax(axis=2) == colour).all()
