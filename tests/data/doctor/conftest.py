"""Healthy sets on disk, for a test to plant its fault in."""

from pathlib import Path

import pytest

from tests.data.doctor.labelled_sets import write_voc, write_yolo


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    write_voc(tmp_path)
    return tmp_path


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    write_yolo(tmp_path)
    return tmp_path
