"""COCO files that other people made: their numbers, and pycocotools' reading of them."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest

from objloc.data.files.picture import picture_header
from objloc.data.formats import Coco
from tests.data.formats.label_files import splits_of


def test_foosball(shared_data: Path) -> None:
    annotations = Coco().read(shared_data / "foosball_coco")
    splits = [*splits_of(annotations).values()]
    assert {split: splits.count(split) for split in sorted(set(splits))} == {
        **{"test": 14, "train": 106, "val": 21}
    }
    # Ids start at 0, those of categories and of annotations.
    assert annotations.class_names == ("ball", "hand", "figure")
    assert annotations.class_ids is not None
    assert annotations.class_ids.tolist() == [0, 1, 2]
    assert (annotations.refs == 0).sum() == 3
    assert (annotations.image_ids == 0).sum() == 3
    assert len(annotations.boxes) == 2554 + 541 + 261
    assert np.bincount(annotations.labels).tolist() == [
        99 + 20 + 9,
        391 + 88 + 23,
        2064 + 433 + 229,
    ]
    counts = np.diff(annotations.starts)
    assert (counts.min(), counts.max()) == (4, 39)
    assert annotations.findings == ()
    for picture in range(len(annotations)):
        header = picture_header(annotations.path(picture))
        assert header.size == tuple(annotations.sizes[picture].tolist())


@pytest.mark.parametrize("crowd", ["ignore", "skip", "keep"])
def test_ground_truth_of_coco_is_what_pycocotools_reads(shared_data: Path, crowd: str) -> None:
    pycocotools = pytest.importorskip("pycocotools.coco")
    file = shared_data / "oracles/coco_val2014_100/instances_val2014_100.json"
    with contextlib.redirect_stdout(io.StringIO()):
        oracle = pycocotools.COCO(str(file))

    annotations = Coco(crowd=crowd).read(file)

    assert sorted(annotations.image_ids.tolist()) == sorted(oracle.getImgIds())
    assert annotations.class_ids is not None
    assert annotations.class_ids.tolist() == sorted(oracle.getCatIds())
    assert annotations.class_names == tuple(
        category["name"] for category in oracle.loadCats(annotations.class_ids.tolist())
    )
    crowds = 0
    for picture, number in enumerate(annotations.image_ids.tolist()):
        entry = oracle.imgs[number]
        assert annotations.files[picture] == entry["file_name"]
        assert annotations.sizes[picture].tolist() == [entry["height"], entry["width"]]
        wanted = oracle.loadAnns(oracle.getAnnIds(imgIds=[number]))
        if crowd == "skip":
            wanted = [annotation for annotation in wanted if not annotation["iscrowd"]]
        crowds += sum(annotation["iscrowd"] for annotation in wanted)
        rows = annotations.objects(picture)
        assert annotations.refs[rows].tolist() == [annotation["id"] for annotation in wanted]
        assert annotations.boxes[rows].tolist() == [
            [x, y, x + width, y + height]
            for x, y, width, height in (annotation["bbox"] for annotation in wanted)
        ]
        assert annotations.area[rows].tolist() == [annotation["area"] for annotation in wanted]
        assert annotations.class_ids[annotations.labels[rows]].tolist() == [
            annotation["category_id"] for annotation in wanted
        ]
        marked = [bool(annotation["iscrowd"]) and crowd == "ignore" for annotation in wanted]
        assert annotations.ignore[rows].tolist() == marked
    assert (crowds > 0) == (crowd != "skip")
    assert annotations.findings == ()
