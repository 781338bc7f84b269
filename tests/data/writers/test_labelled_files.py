"""What writers are handed of a split on disk."""

from pathlib import Path

import numpy as np

from objloc.data import FileDataset
from objloc.data.formats import Coco
from objloc.data.writers import labelled_files
from tests.data.writers.awkward import PICTURES, write_coco


def test_ids_that_meet_in_one_split_are_told_apart(tmp_path: Path) -> None:
    """Two COCO files number from the same start; dealt anew, their pictures come together."""
    dataset = FileDataset(
        root=write_coco(tmp_path / "set"),
        format=Coco(),
        splits="content",
        val_share=0.0,
        test_share=0.0,
    )
    pictures = list(labelled_files(dataset.labels("train"), "train"))
    assert len(pictures) == len(PICTURES)
    image_ids = [picture.image_id for picture in pictures]
    assert len(set(image_ids)) == len(PICTURES)
    # Each id is kept by the first that has it, and no other is touched.
    wanted = [int(number) for number in dataset.labels("train").image_ids]
    assert len(set(wanted)) < len(wanted)
    for place, (given, own) in enumerate(zip(image_ids, wanted, strict=True)):
        assert (given == own) == (own not in wanted[:place])
    object_ids = np.concatenate([picture.object_ids for picture in pictures])
    assert len(set(object_ids.tolist())) == len(object_ids)


def test_grey_and_upright(tmp_path: Path) -> None:
    dataset = FileDataset(root=write_coco(tmp_path / "set"), format=Coco())
    pictures = {
        (split, picture.name): picture
        for split in ("train", "val")
        for picture in labelled_files(dataset.labels(split), split)
    }
    assert pictures["train", "größe ü.JPG"].channels == 1
    assert pictures["train", "same.jpg"].channels == 3  # CMYK
    assert pictures["val", "same.jpg"].size == (40, 30)  # stored lying on its side


def test_a_selection_of_classes_takes_its_ids_along(tmp_path: Path) -> None:
    root = write_coco(tmp_path / "set")
    dataset = FileDataset(root=root, format=Coco(), classes=["日本", "a dog & a <cat>"])
    labels = dataset.labels("train")
    assert labels.class_ids is not None
    assert labels.class_ids.tolist() == [5, 3]
    pictures = {picture.image_id: picture for picture in labelled_files(labels, "train")}
    assert pictures[12].labels.tolist() == [1, 0, 0, 0]
    assert pictures[12].object_ids is not None
    assert pictures[12].object_ids.tolist() == [0, 907, 4, 5]
    assert len(pictures[5].labels) == 0
