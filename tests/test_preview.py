"""The preview command: a contact sheet and statistics, for every split, without TensorFlow."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.preview import main
from tests.conftest import Command


@pytest.mark.parametrize("split", ["train", "val"])
def test_it_writes_a_sheet_and_prints_statistics(
    command: Command, tmp_path: Path, split: str
) -> None:
    answer = command(
        main, "+experiment=white_box", f"split={split}", "count=4", "samples=20", "output=a/b.png"
    )
    assert answer.status == 0, answer.err
    with Image.open(tmp_path / "a" / "b.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert min(pixels.shape[:2]) > 128
    # The boxes are drawn: neither scenes nor gaps have colours in white_box.
    assert np.ptp(pixels.astype(int), axis=2).max() > 50
    assert "20 pictures" in answer.out
    assert f"4 pictures of {split}" in answer.out
    # No run folder and no log: only the sheet.
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_mistakes_are_one_message(command: Command, tmp_path: Path) -> None:
    assert "Did you mean 'split'" in command(main, "splt=val").err
    assert "one of train, val, test" in command(main, "split=validation").err
    (tmp_path / "file").write_text("")
    answer = command(main, "count=1", "samples=1", "output=file/sheet.png")
    assert answer.status == 1
    assert "output=file/sheet.png" in answer.err
    assert "Traceback" not in answer.err
