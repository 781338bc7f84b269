"""COCO files entry by entry: what becomes an object, what becomes a finding."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objloc.data.formats import Coco, LabelFormat
from objloc.errors import ConfigError
from tests.data.formats.coco_files import (
    CATS_AND_DOGS,
    box,
    category,
    coco,
    image,
    of_one_picture,
    read,
    write_coco,
)
from tests.data.formats.label_files import (
    boxes_of,
    kinds_of,
    write_pictures,
)


def test_it_is_a_label_format() -> None:
    reader: LabelFormat = Coco(annotations="x.json", crowd="skip", unused_classes="keep")
    assert reader.describe() == {
        "name": "coco",
        "annotations": "x.json",
        "crowd": "skip",
        "unused_classes": "keep",
    }


@pytest.mark.parametrize("option", ["crowd", "unused_classes"])
def test_unknown_options_are_refused(option: str) -> None:
    with pytest.raises(ConfigError, match=rf"dataset\.format\.{option} is 'often'.*keep"):
        Coco(**{option: "often"})


@given(
    boxes=st.lists(
        st.tuples(st.integers(0, 3), *[st.floats(-1e4, 1e4, allow_nan=False) for _ in range(4)]),
        max_size=12,
    )
)
def test_every_box_comes_back_in_its_picture(
    boxes: list[tuple[int, float, float, float, float]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("set")
    entries = [box(i, of, 1, *sides) for i, (of, *sides) in enumerate(boxes)]
    images = [image(i, f"{i}.jpg") for i in (2, 0, 3, 1)]

    annotations = read(folder, coco(images, entries, CATS_AND_DOGS))

    assert [*annotations.files] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    for picture in range(4):
        rows = annotations.objects(picture)
        wanted = [(i, sides) for i, (of, *sides) in enumerate(boxes) if of == picture]
        assert annotations.refs[rows].tolist() == [i for i, _ in wanted]
        assert annotations.boxes[rows].tolist() == [
            [x, y, x + width, y + height] for _, (x, y, width, height) in wanted
        ]


def test_impossible_boxes_are_kept_as_they_are_written(tmp_path: Path) -> None:
    annotations = of_one_picture(
        tmp_path,
        box(1, 7, 1, 90, 40, 50, 50),
        box(2, 7, 1, 50, 20, -10, -5),
        box(3, 7, 1, 50, 20, 0, 5),
    )
    assert annotations.boxes.tolist() == [[90, 40, 140, 90], [50, 20, 40, 15], [50, 20, 50, 25]]
    assert annotations.area.tolist() == [2500, 50, 0]
    assert annotations.findings == ()


WRONG_BOXES = {
    "a string": '["left", 1, 2, 3]',
    "a number in a string": '["1", 1, 2, 3]',
    "NaN": "[NaN, 1, 2, 3]",
    "infinite": "[1, 1, Infinity, 3]",
    "too large for a float": "[1, 1, 1e999, 3]",
    "null within": "[1, null, 2, 3]",
    "three numbers": "[1, 2, 3]",
    "five numbers": "[1, 2, 3, 4, 5]",
    "an object": '{"x": 1}',
    "a word": '"none"',
    "true": "[true, [1], 2, 3]",
    "missing": "null",
    "no outline either": '[], "segmentation": []',
    "an outline of words": 'null, "segmentation": [["a", "b"]]',
}


@pytest.mark.parametrize("bbox", WRONG_BOXES.values(), ids=WRONG_BOXES.keys())
def test_a_box_of_no_numbers_costs_itself_alone(tmp_path: Path, bbox: str) -> None:
    write_pictures(tmp_path, "a.jpg")
    good = box(18, 7, 2, 1, 2, 3, 4)
    text = json.dumps(coco([image(7, "a.jpg")], ["HERE", good], CATS_AND_DOGS))
    wrong = f'{{"id": 17, "image_id": 7, "category_id": 1, "bbox": {bbox}}}'
    (tmp_path / "labels.json").write_text(text.replace('"HERE"', wrong))

    annotations = Coco().read(tmp_path)

    assert annotations.refs.tolist() == [18]
    assert annotations.boxes.tolist() == [[1, 2, 4, 6]]
    assert annotations.class_names == ("cat", "dog")
    [finding] = annotations.findings
    assert (finding.kind, finding.severity) == ("box_not_a_number", "error")
    assert (finding.file, finding.where) == ("labels.json", "annotation 17")


# Columns 2 and 3 (of 4), rows 1 to 3 (of 5): down the columns 11 outside, 3 inside, 2 outside, …
RUNS = {"size": [5, 4], "counts": [11, 3, 2, 3, 1]}


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        ([[10, 5, 30, 5, 30, 25]], [10, 5, 30, 25]),
        ([[10, 5, 30, 5, 30, 25], [2.5, 8, 4, 9, 4, 10]], [2.5, 5, 30, 25]),
        ([10, 5, 30, 5, 30, 25], [10, 5, 30, 25]),
        (RUNS, [2, 1, 4, 4]),
        ({"size": [5, 4], "counts": [11, 7, 2]}, [2, 0, 4, 5]),
    ],
)
def test_the_outline_stands_for_a_missing_box(
    tmp_path: Path, outline: object, expected: list[float]
) -> None:
    entry = {"id": 1, "image_id": 7, "category_id": 1, "segmentation": outline, "area": 33}
    annotations = of_one_picture(tmp_path, entry)
    assert annotations.boxes.tolist() == [expected]
    assert annotations.area.tolist() == [33]


def test_compressed_masks_are_those_of_pycocotools(tmp_path: Path) -> None:
    mask = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(0)
    entries, expected = [], []
    for number in range(30):
        pixels = np.zeros((50, 100), np.uint8, order="F")
        top, left = rng.integers(0, 40), rng.integers(0, 90)
        pixels[top : top + rng.integers(1, 60), left : left + rng.integers(1, 60)] = 1
        pixels &= rng.random(pixels.shape) < 0.6
        pixels[top, left] = 1
        runs = mask.encode(pixels)
        x, y, width, height = mask.toBbox(runs).tolist()
        expected.append([x, y, x + width, y + height])
        counts = {"size": [50, 100], "counts": runs["counts"].decode()}
        entries.append({"id": number, "image_id": 7, "category_id": 1, "segmentation": counts})
    assert of_one_picture(tmp_path, *entries).boxes.tolist() == expected


@pytest.mark.parametrize(
    "mask",
    [
        {"size": [5, 4], "counts": [20]},
        {"size": [5, 4], "counts": [11, 3]},
        {"size": [5, 4], "counts": [21, -3, 2]},
        {"size": [5, 4], "counts": "~~~~"},
        {"size": [5], "counts": [11, 9]},
        {"counts": [11, 9]},
        {"size": [10**9, 10**9], "counts": []},
    ],
)
def test_masks_of_nothing_or_nonsense_are_no_boxes(tmp_path: Path, mask: object) -> None:
    entry = {"id": 1, "image_id": 7, "category_id": 1, "segmentation": mask}
    annotations = of_one_picture(tmp_path, entry)
    assert len(annotations.boxes) == 0
    assert kinds_of(annotations) == ["box_not_a_number"]


@pytest.mark.parametrize("mark", [{"iscrowd": 1}, {"ignore": 1}, {"ignore": True, "iscrowd": 0}])
@pytest.mark.parametrize(
    ("crowd", "refs", "ignore"),
    [("ignore", [1, 2], [True, False]), ("skip", [2], [False]), ("keep", [1, 2], [False, False])],
)
def test_crowds(
    tmp_path: Path, mark: dict[str, object], crowd: str, refs: list[int], ignore: list[bool]
) -> None:
    annotations = of_one_picture(
        tmp_path, box(1, 7, 1, 0, 0, 90, 40, **mark), box(2, 7, 1, 1, 1, 5, 5), crowd=crowd
    )
    assert annotations.refs.tolist() == refs
    assert annotations.ignore.tolist() == ignore


def test_the_area_is_the_annotation_s_where_it_has_one(tmp_path: Path) -> None:
    stated = [12.5, 0, None, "much", math.nan, -1]
    entries = [box(i, 7, 1, 0, 0, 10, 5, area=area) for i, area in enumerate(stated)]
    annotations = of_one_picture(tmp_path, *entries, box(9, 7, 1, 0, 0, 10, 5))
    assert annotations.area.tolist() == [12.5, 0, 50, 50, 50, 50, 50]


def test_well_formed_files_need_no_second_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("read entry by entry")

    monkeypatch.setattr("objloc.data.formats.coco_json.read_leniently", refuse)
    content = coco(
        [image(7, "a.jpg", coco_url="http://…", height=50.0), {"id": 8, "file_name": "b.jpg"}],
        [box(0, 7, 1, 1, 2, 3, 4, area=5, iscrowd=1, segmentation=RUNS)],
        [{"id": 1, "name": "cat", "keypoints": ["nose"]}],
    )
    annotations = read(tmp_path, content)
    assert annotations.sizes.tolist() == [[50, 100], [0, 0]]
    assert annotations.ignore.tolist() == [True]


def test_both_ways_of_reading_say_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    images = [image(i * 3, f"{i:02}.jpg") for i in rng.permutation(20).tolist()]
    entries = [
        box(i, int(rng.integers(0, 20)) * 3, int(rng.integers(0, 3)), *rng.random(4).tolist())
        | {"area": float(rng.random()), "iscrowd": int(rng.random() < 0.1)}
        for i in range(200)
    ]
    categories = [category(0, "a"), category(2, "c"), category(1, "b")]
    fast = read(tmp_path / "fast", coco(images, entries, categories))
    # One entry that the types do not fit.
    slow = read(tmp_path / "slow", coco(images, [*entries, {"id": "x"}], categories))
    for name in ("image_ids", "sizes", "starts", "boxes", "labels", "ignore", "area", "refs"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name))
    assert fast.class_names == slow.class_names == ("a", "b", "c")
    assert [*fast.files] == [*slow.files]


def test_annotations_of_unknown_images_and_categories(tmp_path: Path) -> None:
    annotations = of_one_picture(
        tmp_path,
        box(1, 7, 1, 0, 0, 1, 1),
        box(2, 99, 1, 0, 0, 1, 1),
        box(3, 99, 1, 0, 0, 1, 1),
        box(4, 7, 80, 0, 0, 1, 1),
        box(5, 7, 80, 0, 0, 1, 1),
    )
    assert annotations.refs.tolist() == [1]
    found = [(f.kind, f.severity, f.where) for f in annotations.findings]
    assert found == [
        ("class_unknown", "error", "annotation 4"),
        ("class_unknown", "error", "annotation 5"),
        ("label_without_picture", "warning", "annotation 2"),
    ]
    assert "category 80" in annotations.findings[0].message
    assert "image 99" in annotations.findings[2].message
    assert "2 annotations" in annotations.findings[2].message


def test_no_categories_and_no_images_at_all(tmp_path: Path) -> None:
    annotations = read(tmp_path, coco([], [box(1, 7, 1, 0, 0, 1, 1)], []))
    assert len(annotations) == len(annotations.boxes) == 0
    assert kinds_of(annotations) == ["class_unknown", "label_without_picture"]


def test_duplicate_ids(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    images = [image(1, "a.jpg"), image(1, "b.jpg"), image(2, "c.jpg"), image(2, "c.jpg")]
    entries = [box(5, 1, 1, 0, 0, 1, 1), box(5, 2, 1, 0, 0, 2, 2), box(6, 2, 1, 0, 0, 3, 3)]
    annotations = read(tmp_path, coco(images, entries, CATS_AND_DOGS))
    assert boxes_of(annotations) == {
        "a.jpg": [[0, 0, 1, 1]],
        "c.jpg": [[0, 0, 2, 2], [0, 0, 3, 3]],
    }
    found = [(f.kind, f.severity, f.where, f.files) for f in annotations.findings]
    assert found == [
        ("id_duplicate", "error", "image 1", ("a.jpg", "b.jpg")),
        ("id_duplicate", "warning", "image 2", ("c.jpg",)),
        ("id_duplicate", "warning", "annotation 5", ("a.jpg",)),
    ]


def test_a_picture_that_is_listed_twice_has_the_objects_of_both(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", "b.jpg")
    images = [image(1, "a.jpg"), image(2, "b.jpg"), image(3, "a.jpg")]
    entries = [box(i, i, 1, 0, 0, i, i) for i in (1, 2, 3)]
    annotations = read(tmp_path, coco(images, entries, CATS_AND_DOGS))
    assert boxes_of(annotations) == {
        "a.jpg": [[0, 0, 1, 1], [0, 0, 3, 3]],
        "b.jpg": [[0, 0, 2, 2]],
    }
    [finding] = annotations.findings
    assert (finding.kind, finding.severity, finding.where) == (
        "id_duplicate",
        "warning",
        "image 3",
    )


def test_ids_of_any_kind(tmp_path: Path) -> None:
    images = [image("000017", "a.jpg"), image("b-1", "b.jpg"), image(2**63, "c.jpg")]
    entries = [
        box("first", 17, "pet", 0, 0, 1, 1),
        box(2, "b-1", 1.0, 0, 0, 2, 2),
        box(3, 2**63, 1, 0, 0, 3, 3),
        box(4, "b-2", 1, 0, 0, 4, 4),
    ]
    content = coco(images, entries, [category("pet", "cat"), category(1, "dog")])
    annotations = read(tmp_path, content)
    assert boxes_of(annotations) == {
        "a.jpg": [[0, 0, 1, 1]],
        "b.jpg": [[0, 0, 2, 2]],
        "c.jpg": [[0, 0, 3, 3]],
    }
    assert annotations.image_ids.tolist() == [0, 1, 2]
    names = [annotations.class_names[label] for label in annotations.labels]
    assert names == ["cat", "dog", "dog"]
    assert annotations.class_ids is None
    [finding] = annotations.findings
    assert finding.kind == "label_without_picture"
    assert '"b-2"' in finding.message


def test_entries_that_are_no_entries(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg")
    content = coco(
        [image(7, "a.jpg"), {"id": 8}, "b.jpg", {"file_name": "c.jpg"}, image(9, None)],
        [box(1, 7, 1, 0, 0, 1, 1), None, {"bbox": [1, 2, 3, 4]}],
        [*CATS_AND_DOGS, "cow", {"id": 5}],
    )
    annotations = read(tmp_path, content)
    assert boxes_of(annotations) == {"a.jpg": [[0, 0, 1, 1]]}
    unreadable = [f.where for f in annotations.findings if f.kind == "label_unreadable"]
    assert unreadable == [
        *("images[1]", "images[2]", "images[3]", "images[4]"),
        *("categories[2]", "categories[3]", "annotations[1]"),
    ]


@pytest.mark.parametrize("side", [0, -5, math.nan, 2.0**31, "100", None])
def test_sizes_that_no_picture_has_are_unknown(tmp_path: Path, side: object) -> None:
    entry = {**image(1, "a.jpg"), "height": side}
    assert read(tmp_path, coco([entry], [], [])).sizes.tolist() == [[0, 0]]


def test_memory_holds_columns_and_no_object_for_each_annotation(tmp_path: Path) -> None:
    import tracemalloc

    count = 20_000
    images = [image(i, f"{i:012}.jpg") for i in range(1000)]
    entries = [
        box(i, i % 1000, 1, 1, 2, 3.25, 4.5, segmentation=[[1.5] * 40]) for i in range(count)
    ]
    write_coco(tmp_path / "labels.json", coco(images, entries, CATS_AND_DOGS))
    del images, entries
    Coco().read(tmp_path)  # what is imported on the way
    tracemalloc.start()
    annotations = Coco().read(tmp_path)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(annotations.boxes) == count
    # 53 bytes of columns an object, 150 for a picture's name and numbers; a dict has 200 and more.
    assert held < 60 * count + 200 * 1000 + 100_000
