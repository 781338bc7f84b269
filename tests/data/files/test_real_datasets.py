from pathlib import Path

import numpy as np
import pytest

from objloc.data import FileDataset
from objloc.data.files.annotations import SPLITS
from objloc.data.formats import Coco, Voc, Yolo

RACCOON_COPIES = [(52, 74), (65, 98), (11, 116), (83, 120)]


@pytest.mark.parametrize(
    "options", [{}, *({"folds": 5, "fold": fold} for fold in range(5)), {"split_seed": 3}], ids=str
)
def test_copies_among_the_raccoons_stay_on_one_side(shared_data: Path, options: dict):
    made = FileDataset(root=shared_data / "raccoon_voc", format=Voc(), **options)
    assert made.findings() == ()
    place = {Path(file).stem: number for number, file in enumerate(made.annotations.files)}
    for one, other in RACCOON_COPIES:
        rows = place[f"raccoon-{one}"], place[f"raccoon-{other}"]
        assert made.digests[rows[0]] == made.digests[rows[1]]
        assert made.splits[rows[0]] == made.splits[rows[1]]
    assert [int((made.splits == number).sum()) for number in range(3)] == (
        [130, 30, 40] if "folds" in options else [140, 30, 30]
    )


@pytest.mark.parametrize(
    ("folder", "label_format", "sizes", "classes", "most"),
    [
        ("raccoon_voc", Voc(), (140, 30, 30), ("raccoon",), 2),
        ("foosball_coco", Coco(), (106, 21, 14), ("ball", "hand", "figure"), 39),
        ("cells_yolo", Yolo(), (32, 3, 3), ("cells",), 381),
    ],
)
def test_real_datasets_open_with_every_object_in_its_picture(
    shared_data: Path, folder: str, label_format: object, sizes: tuple, classes: tuple, most: int
):
    made = FileDataset(root=shared_data / folder, format=label_format)
    assert not [finding for finding in made.findings() if finding.severity == "error"]
    assert made.class_names == classes
    assert tuple(len(made.split(name)) for name in SPLITS) == sizes
    for name in SPLITS:
        source = made.split(name)
        for index in range(min(10, len(source))):
            sample = source.sample(0, index)
            height, width = sample.image.shape[:2]
            assert (sample.boxes >= 0).all()
            assert (sample.boxes <= np.array([width, height] * 2)).all()
            assert (sample.boxes[:, 2:] > sample.boxes[:, :2]).all()


def test_the_most_crowded_picture_of_the_cells_is_counted(shared_data: Path):
    made = FileDataset(root=shared_data / "cells_yolo", format=Yolo())
    counts = np.diff(made.annotations.starts)[made.splits == 0]
    assert made.batch_form.max_objects == counts.max()
