"""Pascal VOC folders, as the challenge and each labelling tool lay them out."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objloc.data.formats import Voc
from objloc.errors import ConfigError, DataError
from tests.data.formats.label_files import (
    assert_same_length,
    boxes_of,
    challenge_xml,
    kinds_of,
    splits_of,
    write_files,
    write_pictures,
)


def test_one_based_inclusive_coordinates_become_edges(tmp_path: Path) -> None:
    # The whole picture of 100 × 50 is 1..100, 1..50; one pixel at the top left is 1..1.
    xml = challenge_xml("a.jpg", ("cat", (1, 1, 100, 50)), ("dog", (1, 1, 1, 1)))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})

    annotations = Voc().read(tmp_path)

    assert boxes_of(annotations) == {"a.jpg": [[0, 0, 100, 50], [0, 0, 1, 1]]}
    assert annotations.area.tolist() == [5000, 1]
    assert annotations.class_names == ("cat", "dog")
    assert annotations.labels.tolist() == [0, 1]
    assert annotations.sizes.tolist() == [[50, 100]]
    assert annotations.where(1) == "object 2"
    assert annotations.label_path(0) == tmp_path / "a.xml"


def test_zero_based_coordinates_are_edges_already(tmp_path: Path) -> None:
    write_files(
        write_pictures(tmp_path, "a.jpg"),
        {"a.xml": challenge_xml("a.jpg", ("cat", (0.5, "1.25", 30, 40)))},
    )
    annotations = Voc(coordinates="zero_based").read(tmp_path)
    assert boxes_of(annotations) == {"a.jpg": [[0.5, 1.25, 30, 40]]}


@settings(deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 49), st.integers(1, 50), st.integers(1, 25)),
        max_size=5,
    )
)
def test_one_based_boxes_come_back(
    corners: list[tuple[int, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Columns and rows of pixels, written by the challenge's rule, come back as edges."""
    root = tmp_path_factory.mktemp("voc")
    written = [(x, y, x + width - 1, y + height - 1) for x, y, width, height in corners]
    xml = challenge_xml("a.png", *(("cat", box) for box in written))
    write_files(write_pictures(root, "a.png"), {"a.xml": xml})

    annotations = Voc().read(root)

    expected = [[x - 1, y - 1, x - 1 + width, y - 1 + height] for x, y, width, height in corners]
    assert boxes_of(annotations) == {"a.png": expected}
    assert annotations.area.tolist() == [width * height for _, _, width, height in corners]


def test_challenge_layout_with_lists(tmp_path: Path) -> None:
    names = ["2008_1", "2008_2", "2008_3", "2008_4", "2008_5"]
    for name in names:
        write_pictures(tmp_path, f"JPEGImages/{name}.jpg")
        xml = challenge_xml(f"{name}.jpg", ("train", (1, 1, 9, 9)))
        write_files(tmp_path, {f"Annotations/{name}.xml": xml})
    # Pictures of masks have the same names, and are none of the set.
    write_pictures(tmp_path, "SegmentationClass/2008_1.png")
    write_files(
        tmp_path,
        {
            "ImageSets/Main/train.txt": "2008_1\n2008_2\n",
            "ImageSets/Main/val.txt": "2008_3\r\n",
            "ImageSets/Main/trainval.txt": "2008_1\n2008_2\n2008_3\n2008_4\n",
            # Of the class "train": which pictures show one. No split.
            "ImageSets/Main/train_val.txt": "2008_5  1\n2008_1 -1\n",
            "ImageSets/Segmentation/test.txt": "2008_5\n",
        },
    )

    annotations = Voc().read(tmp_path)

    assert splits_of(annotations) == {
        "JPEGImages/2008_1.jpg": "train",
        "JPEGImages/2008_2.jpg": "train",
        "JPEGImages/2008_3.jpg": "val",
        "JPEGImages/2008_4.jpg": "train",
        "JPEGImages/2008_5.jpg": "",
    }
    assert annotations.findings == ()


def test_lists_name_pictures_without_labels_and_pictures_twice(tmp_path: Path) -> None:
    write_pictures(tmp_path, "JPEGImages/a.jpg", "JPEGImages/b.jpg")
    write_files(
        tmp_path,
        {
            "Annotations/a.xml": challenge_xml("a.jpg"),
            "ImageSets/Main/train.txt": "a\nb\n",
            "ImageSets/Main/test.txt": "a\n",
        },
    )
    annotations = Voc().read(tmp_path)
    assert splits_of(annotations) == {"JPEGImages/a.jpg": "train"}
    listed, twice, unlabelled = annotations.findings
    assert (listed.kind, listed.file, listed.where) == (
        *("picture_unlabelled", "ImageSets/Main/train.txt", "line 2"),
    )
    assert (twice.kind, twice.file) == ("duplicate_across_splits", "ImageSets/Main/test.txt")
    assert (unlabelled.kind, unlabelled.file) == ("picture_unlabelled", "JPEGImages/b.jpg")


def test_lists_name_pictures_with_blanks_and_numbers(tmp_path: Path) -> None:
    for name in ("photo", "photo 0", "photo 1", "b", "c"):
        write_pictures(tmp_path, f"JPEGImages/{name}.jpg")
        write_files(tmp_path, {f"Annotations/{name}.xml": challenge_xml(f"{name}.jpg")})
    write_files(
        tmp_path,
        {
            "ImageSets/Main/train.txt": "photo 1\nb  1\n",
            "ImageSets/Main/val.txt": "photo\n",
            "ImageSets/Main/test.txt": "c -1\n",
            "ImageSets/Main/trainval.txt": "photo\nphoto 0\nphoto 1\nb\nc\n",
        },
    )
    annotations = Voc().read(tmp_path)
    assert splits_of(annotations) == {
        "JPEGImages/b.jpg": "train",
        "JPEGImages/c.jpg": "test",
        "JPEGImages/photo 0.jpg": "train",
        "JPEGImages/photo 1.jpg": "train",
        "JPEGImages/photo.jpg": "val",
    }
    assert annotations.findings == ()


def test_lists_tell_capitals_from_small_letters_where_the_files_do(tmp_path: Path) -> None:
    if write_pictures(tmp_path, "a.jpg") and (tmp_path / "A.jpg").exists():
        pytest.skip("this file system takes a.jpg and A.jpg for one file")
    for name in ("A", "a", "b"):
        write_pictures(tmp_path, f"{name}.jpg")
        write_files(tmp_path, {f"{name}.xml": challenge_xml(f"{name}.jpg")})
    write_files(tmp_path, {"ImageSets/Main/train.txt": "A\nB\n", "ImageSets/Main/val.txt": "a\n"})
    annotations = Voc().read(tmp_path)
    assert splits_of(annotations) == {"A.jpg": "train", "a.jpg": "val", "b.jpg": "train"}
    assert annotations.findings == ()


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg")
    write_files(tmp_path, {"a.xml": challenge_xml("a.jpg"), "ImageSets/Main/val.txt": ""})
    (tmp_path / "ImageSets/Main/train.txt").symlink_to("train.txt")
    with pytest.raises(
        DataError, match=r"train\.txt: the list cannot be read \(.+\); put it right"
    ):
        Voc().read(tmp_path)


def test_a_list_from_powershell(tmp_path: Path) -> None:
    for name in "ab":
        write_pictures(tmp_path, f"{name}.jpg")
        write_files(tmp_path, {f"{name}.xml": challenge_xml(f"{name}.jpg")})
    write_files(
        tmp_path,
        {"ImageSets/Main/train.txt": "a\r\n".encode("utf-16"), "ImageSets/Main/val.txt": "b\n"},
    )
    assert splits_of(Voc().read(tmp_path)) == {"a.jpg": "train", "b.jpg": "val"}


def test_several_challenges_in_one_folder(tmp_path: Path) -> None:
    for year, split in (("VOC2007", "train"), ("VOC2012", "test")):
        write_pictures(tmp_path, f"{year}/JPEGImages/000001.jpg")
        write_files(
            tmp_path,
            {
                f"{year}/Annotations/000001.xml": challenge_xml("000001.jpg"),
                f"{year}/ImageSets/Main/{split}.txt": "000001\n",
            },
        )
    assert splits_of(Voc().read(tmp_path)) == {
        "VOC2007/JPEGImages/000001.jpg": "train",
        "VOC2012/JPEGImages/000001.jpg": "test",
    }


def test_split_folders_below_annotations_and_images(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write_pictures(tmp_path, f"images/{split}/a.jpg")
        write_files(tmp_path, {f"annotations/{split}/a.xml": challenge_xml("a.jpg")})
    assert splits_of(Voc().read(tmp_path)) == {
        "images/train/a.jpg": "train",
        "images/val/a.jpg": "val",
    }


def test_difficult_objects(tmp_path: Path) -> None:
    xml = challenge_xml("a.jpg", ("cat", (1, 1, 9, 9), 1), ("cat", (2, 2, 9, 9), 0))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})

    assert Voc(difficult="ignore").read(tmp_path).ignore.tolist() == [True, False]
    assert Voc(difficult="keep").read(tmp_path).ignore.tolist() == [False, False]
    skipped = Voc(difficult="skip").read(tmp_path)
    assert skipped.refs.tolist() == [2]
    assert_same_length(skipped)


def test_classes_file_orders_the_labels_and_refuses_others(tmp_path: Path) -> None:
    xml = challenge_xml("a.jpg", ("cat", (1, 1, 9, 9)), ("cow", (1, 1, 5, 5)), ("", (1, 1, 2, 2)))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml, "names.txt": "dog\ncat\n\n"})
    annotations = Voc(classes_file="names.txt").read(tmp_path)
    assert annotations.class_names == ("dog", "cat")
    assert annotations.labels.tolist() == [1]
    unknown, nameless = annotations.findings
    assert (unknown.kind, unknown.severity, unknown.where) == ("class_unknown", "error", "object 2")
    assert "'cow' is not in names.txt" in unknown.message
    assert (nameless.kind, nameless.where) == ("class_unknown", "object 3")

    with pytest.raises(DataError, match=r"other\.txt: there is no such list"):
        Voc(classes_file="other.txt").read(tmp_path)


def test_names_that_look_alike(tmp_path: Path) -> None:
    box = (1, 1, 9, 9)
    xml = challenge_xml("a.jpg", ("cat", box), ("Cat", box), ("dog", box), ("\n  dog ", box))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})

    annotations = Voc().read(tmp_path)

    assert annotations.class_names == ("Cat", "cat", "dog")
    assert annotations.labels.tolist() == [1, 0, 2, 2]
    case, blanks = annotations.findings
    assert (case.kind, case.severity) == ("class_duplicate", "warning")
    assert "'Cat' and 'cat'" in case.message
    assert (blanks.kind, blanks.file, blanks.where) == ("class_duplicate", "a.xml", "object 4")


def test_order_does_not_depend_on_the_disk(tmp_path: Path) -> None:
    names = ["z", "b", "a10", "a9", "m"]
    for name in names:
        write_files(
            write_pictures(tmp_path, f"{name}.png"), {f"{name}.xml": challenge_xml(f"{name}.png")}
        )
    assert Voc().read(tmp_path).files == ["a10.png", "a9.png", "b.png", "m.png", "z.png"]


def test_missing_folder_and_folder_without_labels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: there is no such folder.*Annotations"):
        Voc().read(tmp_path / "nowhere")
    with pytest.raises(DataError, match="there is no XML file"):
        Voc().read(write_pictures(tmp_path, "a.jpg"))


def test_options_are_checked_and_described() -> None:
    with pytest.raises(ConfigError, match=r"dataset\.format\.coordinates is 'pixels'"):
        Voc(coordinates="pixels")
    with pytest.raises(ConfigError, match=r"one of ignore, keep, skip"):
        Voc(difficult="yes")
    assert Voc(difficult="keep").describe() == {
        "name": "voc",
        "coordinates": "one_based_inclusive",
        "difficult": "keep",
        "classes_file": None,
    }


def test_raccoons(shared_data: Path) -> None:
    annotations = Voc().read(shared_data / "raccoon_voc")

    assert (len(annotations), len(annotations.boxes)) == (200, 217)
    assert annotations.class_names == ("raccoon",)
    assert kinds_of(annotations) == []
    assert np.bincount(np.diff(annotations.starts)).tolist() == [0, 184, 15, 1]
    # In the files 36 boxes touch coordinate 1, and 36 the width or height.
    height, width = annotations.sizes[annotations.image_of_object()].T
    x1, y1, x2, y2 = annotations.boxes.T
    assert np.count_nonzero((x1 == 0) | (y1 == 0)) == 36
    assert np.count_nonzero((x2 == width) | (y2 == height)) == 36
    first = annotations.files.index("images/raccoon-1.jpg")
    assert annotations.boxes[annotations.objects(first)].tolist() == [[80, 87, 522, 408]]
    assert_same_length(annotations)
