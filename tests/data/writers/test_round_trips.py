"""A → B → A loses nothing, for every ordered pair of formats."""

import hashlib
import re
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from tests.data.writers.awkward import CLASSES, PICTURES, picture_bytes, write_coco
from tests.data.writers.sets import content, convert, raw_boxes

FORMATS = ("voc", "coco", "yolo")


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coco(tmp_path_factory.mktemp("awkward") / "set")


@pytest.fixture(scope="module")
def sets(awkward: Path) -> dict[str, Path]:
    """The awkward set in each format."""
    return {to: convert(awkward, "coco", to, awkward.parent / to) for to in FORMATS}


def test_the_set_is_as_awkward_as_it_was_written(awkward: Path) -> None:
    read = content(awkward, "coco")
    assert dict(zip(read.class_ids or (), read.class_names, strict=True)) == CLASSES
    assert len(read.pictures) == len(PICTURES)
    for number, one in enumerate(PICTURES):
        entry = read.pictures[one.split, one.image_id]
        assert entry.file == hashlib.sha256(picture_bytes(one.kind or "PNG", number)).hexdigest()
        assert entry.ids == tuple(item["id"] for item in one.objects)
        assert entry.ignore == tuple(bool(item["iscrowd"]) for item in one.objects)
        assert entry.classes == tuple(CLASSES[item["category_id"]] for item in one.objects)
        for item, box, area in zip(one.objects, entry.boxes, entry.area, strict=True):
            x, y, width, height = item["bbox"]
            assert box == tuple(np.float32([x, y, x + width, y + height]).tolist())
            assert area == np.float32(item["area"])


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_holds_all_of_it(awkward: Path, sets: dict[str, Path], to: str) -> None:
    assert content(sets[to], to) == content(awkward, "coco")


@pytest.mark.parametrize(("first", "second"), [*permutations(FORMATS, 2)])
def test_there_and_back(sets: dict[str, Path], tmp_path: Path, first: str, second: str) -> None:
    there = convert(sets[first], first, second, tmp_path / "there")
    back = convert(there, second, first, tmp_path / "back")
    assert content(there, second) == content(sets[first], first)
    assert content(back, first) == content(sets[first], first)
    if first == "voc":  # the same to the last character, but for a name that YOLO cannot have
        assert _without_names(back) == _without_names(sets["voc"])


def _without_names(root: Path) -> list[str]:
    files = (root / "Annotations").glob("*.xml")
    texts = [file.read_text(encoding="utf-8") for file in files]
    return sorted(re.sub("<filename>.*</filename>", "", text) for text in texts)


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_set_is_written_every_time(
    awkward: Path, sets: dict[str, Path], tmp_path: Path, to: str
) -> None:
    again = convert(awkward, "coco", to, tmp_path / "again")
    files = sorted(file.relative_to(again) for file in again.rglob("*") if file.is_file())
    assert files == sorted(
        file.relative_to(sets[to]) for file in sets[to].rglob("*") if file.is_file()
    )
    for file in files:
        assert (again / file).read_bytes() == (sets[to] / file).read_bytes()


@pytest.mark.parametrize("to", FORMATS)
def test_a_second_trip_changes_no_name(sets: dict[str, Path], tmp_path: Path, to: str) -> None:
    again = convert(sets[to], to, to, tmp_path / "again")
    files = [
        sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())
        for root in (again, sets[to])
    ]
    assert files[0] == files[1]


def test_labels_of_a_picture_as_it_is_stored_are_written_upright(
    awkward: Path, tmp_path: Path
) -> None:
    # The turned picture is stored 40 wide and 30 high; a label may speak of it as such.
    folder = tmp_path / "stored"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.jpg").write_bytes(picture_bytes("turned", 1))
    (folder / "a.json").write_text(
        '{"images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],'
        '"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 10, 20],'
        '"area": 200, "iscrowd": 0}], "categories": [{"id": 1, "name": "a"}]}'
    )
    for to in FORMATS:
        output = convert(folder, "coco", to, tmp_path / to)
        # Turned a quarter to the right: what was at the bottom, 30 - 23 px from it, is left.
        assert next(iter(raw_boxes(output, to).values())) == pytest.approx(
            np.array([[7.0, 2.0, 27.0, 12.0]]), abs=1e-9
        )
        assert content(output, to) == content(folder, "coco")


@pytest.mark.parametrize(
    ("folder", "chain"),
    [
        ("raccoon_voc", ("voc", "coco", "yolo", "voc")),
        ("foosball_coco/data", ("coco", "voc", "coco")),
        ("foosball_coco/data", ("coco", "yolo", "coco")),
        ("cells_yolo", ("yolo", "coco", "voc", "yolo")),
    ],
)
def test_real_sets_survive(
    shared_data: Path, tmp_path: Path, folder: str, chain: tuple[str, ...]
) -> None:
    root, format = shared_data / folder, chain[0]
    before = raw_boxes(root, format)
    assert sum(map(len, before.values())) > 200
    for step, to in enumerate(chain[1:]):
        root = convert(root, format, to, tmp_path / f"{step}-{to}")
        format = to
        after = raw_boxes(root, format)
        assert after.keys() == before.keys()
        for picture, boxes in before.items():
            np.testing.assert_array_equal(
                after[picture].astype(np.float32), boxes.astype(np.float32)
            )
