"""The study of decoding: it runs, and what it compares with finds the same."""

from pathlib import Path

import numpy as np
import pytest

from experiments.decoding import __main__ as study
from objloc.decoding import Decoding, decode


def test_the_page_gets_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "README.md"
    page.write_text("Above.\n<!-- times -->\n<!-- /times -->\n", "utf-8")
    monkeypatch.setattr(study, "SIZES", ((1, 30), (2, 40)))
    study.main(["--rounds", "2", "--folder", str(tmp_path)])
    text = page.read_text("utf-8")
    assert text.startswith("Above.")
    assert text.count("\n| 1 × 30 |") == text.count("\n| 2 × 40 |") == 2
    assert "Median of 2 calls" in text


def test_tensorflow_finds_the_same() -> None:
    candidates = study.random_candidates(2, 200)
    decoding = Decoding(max_detections=20)
    np.testing.assert_allclose(
        study._tensorflow(candidates, decoding)(), decode(candidates, decoding)["scores"], rtol=1e-5
    )
