"""COCO label sets, where COCO, Roboflow, Label Studio, CVAT and people by hand put the files."""

from pathlib import Path

import pytest

from objloc.data.formats import Coco
from objloc.errors import DataError
from tests.data.formats.coco_files import box, category, coco, image, small, write_coco
from tests.data.formats.label_files import (
    assert_same_length,
    boxes_of,
    kinds_of,
    splits_of,
    write_files,
    write_pictures,
)


def test_coco_s_own_layout_with_other_tasks_beside(tmp_path: Path) -> None:
    write_pictures(tmp_path, "train2017/1.jpg", "train2017/2.jpg", "val2017/1.jpg")
    write_coco(tmp_path / "annotations/instances_train2017.json", small("2.jpg", "1.jpg"))
    write_coco(tmp_path / "annotations/instances_val2017.json", small("1.jpg"))
    for task in ("captions_train2017", "person_keypoints_val2017", "image_info_test2017"):
        write_coco(tmp_path / f"annotations/{task}.json", {"images": [], "annotations": []})

    annotations = Coco().read(tmp_path)

    assert_same_length(annotations)
    # By path; the boxes are those of the files' first and second entries.
    assert boxes_of(annotations) == {
        "train2017/1.jpg": [[2, 0, 12, 5]],
        "train2017/2.jpg": [[1, 0, 11, 5]],
        "val2017/1.jpg": [[1, 0, 11, 5]],
    }
    assert splits_of(annotations) == {
        "train2017/1.jpg": "train",
        "train2017/2.jpg": "train",
        "val2017/1.jpg": "val",
    }
    assert list(annotations.label_files) == [
        "annotations/instances_train2017.json",
        "annotations/instances_train2017.json",
        "annotations/instances_val2017.json",
    ]
    assert annotations.image_ids.tolist() == [2, 1, 1]
    assert annotations.sizes.tolist() == [[50, 100]] * 3
    assert annotations.refs.tolist() == [20, 10, 10]
    assert annotations.where(0) == "annotation 20"
    assert annotations.area.tolist() == [50, 50, 50]
    assert annotations.class_ids is not None
    assert annotations.class_ids.tolist() == [3]
    assert annotations.findings == ()


@pytest.mark.parametrize("root", ["set/annotations/instances_val2017.json", "set"])
def test_one_file_of_coco_s_layout_finds_its_pictures(tmp_path: Path, root: str) -> None:
    write_pictures(tmp_path, "set/val2017/1.jpg")
    write_coco(tmp_path / "set/annotations/instances_val2017.json", small("1.jpg"))

    annotations = Coco().read(tmp_path / root)

    assert annotations.root == tmp_path / "set"
    assert splits_of(annotations) == {"val2017/1.jpg": "val"}
    assert annotations.path(0).is_file()


def test_roboflow(tmp_path: Path) -> None:
    # One project's export: ids start at 0 in every split, the project is a category itself.
    categories = [
        category(0, "pets", "none"),
        category(1, "cat", "pets"),
        category(2, "dog", "pets"),
    ]
    for split, name in [("train", "b.jpg"), ("valid", "a.jpg"), ("test", "c.jpg")]:
        write_pictures(tmp_path, f"{split}/{name}")
        entry = image(0, name, license=1, date_captured="2022-08-24T16:47:29+00:00")
        cat = box(0, 0, 1, 1, 2, 3, 4, area=12, segmentation=[], iscrowd=0)
        write_coco(tmp_path / split / "_annotations.coco.json", coco([entry], [cat], categories))

    annotations = Coco().read(tmp_path)

    assert splits_of(annotations) == {
        "test/c.jpg": "test",
        "train/b.jpg": "train",
        "valid/a.jpg": "val",
    }
    # Nothing is labelled "dog" yet, but it is a thing to find; "pets" is what both are.
    assert annotations.class_names == ("cat", "dog")
    assert annotations.class_ids is not None
    assert annotations.class_ids.tolist() == [1, 2]
    assert annotations.labels.tolist() == [0, 0, 0]
    assert annotations.image_ids.tolist() == [0, 0, 0]
    assert annotations.refs.tolist() == [0, 0, 0]
    [finding] = annotations.findings
    assert (finding.kind, finding.severity) == ("class_unused", "note")
    assert "'pets'" in finding.message


def test_a_file_by_itself_is_named_by_its_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path, "valid/a.jpg")
    file = write_coco(tmp_path / "valid/_annotations.coco.json", small("a.jpg"))
    annotations = Coco().read(file)
    assert annotations.root == tmp_path / "valid"
    assert splits_of(annotations) == {"a.jpg": "val"}


def test_roboflow_in_a_folder_of_the_archive(tmp_path: Path) -> None:
    write_pictures(tmp_path, "export/data/train/a.jpg")
    write_coco(tmp_path / "export/data/train/_annotations.coco.json", small("a.jpg"))
    (tmp_path / "export/again").symlink_to(tmp_path)  # a circle
    assert splits_of(Coco().read(tmp_path)) == {"export/data/train/a.jpg": "train"}


@pytest.mark.parametrize(
    "name",
    [
        "images/0e4b9d5c-a.jpg",
        "images\\0e4b9d5c-a.jpg",
        "/label-studio/data/media/upload/1/0e4b9d5c-a.jpg",
        "../../label-studio/data/media/upload/1/0e4b9d5c-a.jpg",
        "http://localhost:8080/data/upload/1/0e4b9d5c-a.jpg",
    ],
)
@pytest.mark.parametrize("there", ["0e4b9d5c-a.jpg", "a.jpg"])
def test_label_studio(tmp_path: Path, name: str, there: str) -> None:
    write_pictures(tmp_path, f"images/{there}")
    content = {
        "images": [{"width": 100, "height": 50, "id": 0, "file_name": name}],
        "categories": [{"id": 0, "name": "cat"}],
        "annotations": [
            {
                **{"id": 0, "image_id": 0, "category_id": 0, "segmentation": []},
                **{"bbox": [1.5, 2.5, 10.25, 5], "ignore": 0, "iscrowd": 0, "area": 51.25},
            }
        ],
        "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio"},
    }
    write_coco(tmp_path / "result.json", content)
    write_coco(tmp_path / "notes.json", {"categories": [], "info": {}})

    annotations = Coco().read(tmp_path)

    assert boxes_of(annotations) == {f"images/{there}": [[1.5, 2.5, 11.75, 7.5]]}
    foreign = ["path_foreign"] if not name.startswith("images/") else []
    assert kinds_of(annotations) == foreign
    assert annotations.class_names == ("cat",)


def test_label_studio_s_local_files(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/round one/a.jpg")
    name = "/data/local-files/?d=images%2Fround%20one/a.jpg"
    write_coco(tmp_path / "result.json", small(name))
    assert [*Coco().read(tmp_path).files] == ["images/round one/a.jpg"]


@pytest.mark.parametrize("folder", ["images", "images/default"])
def test_cvat(tmp_path: Path, folder: str) -> None:
    write_pictures(tmp_path, f"{folder}/a.png", f"{folder}/below/b.png")
    categories = [category(1, "cat"), category(2, "dog")]
    attributes = {"attributes": {"occluded": False, "rotation": 0.0}, "segmentation": []}
    content = coco(
        [image(1, "a.png", license=0, flickr_url=""), image(2, "below/b.png", license=0)],
        [box(1, 2, 2, 1.0, 2.0, 3.5, 4.5, iscrowd=0, area=15.75, **attributes)],
        categories,
    )
    write_coco(tmp_path / "annotations/instances_default.json", content)

    annotations = Coco().read(tmp_path)

    assert boxes_of(annotations) == {
        f"{folder}/a.png": [],
        f"{folder}/below/b.png": [[1, 2, 4.5, 6.5]],
    }
    assert set(splits_of(annotations).values()) == {""}
    assert annotations.class_names == ("cat", "dog")
    assert annotations.findings == ()


@pytest.mark.parametrize("pictures", ["", "images/", "pictures/"])
@pytest.mark.parametrize("as_root", ["", "labels.json"])
def test_one_file_with_pictures_beside_or_below(
    tmp_path: Path, pictures: str, as_root: str
) -> None:
    write_pictures(tmp_path, f"{pictures}a.jpg")
    write_coco(tmp_path / "labels.json", small("a.jpg"))
    annotations = Coco().read(tmp_path / as_root)
    assert [*annotations.files] == [f"{pictures}a.jpg"]
    assert annotations.root == tmp_path
    assert annotations.findings == ()


def test_folders_of_pictures_say_the_split_where_the_file_does_not(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/train/a.jpg", "images/validation/b.jpg", "images/more/c.jpg")
    write_coco(tmp_path / "all.json", small("train/a.jpg", "validation/b.jpg", "more/c.jpg"))
    assert splits_of(Coco().read(tmp_path)) == {
        "images/more/c.jpg": "",
        "images/train/a.jpg": "train",
        "images/validation/b.jpg": "val",
    }


def test_a_split_never_takes_the_pictures_of_another(tmp_path: Path) -> None:
    write_pictures(tmp_path, "train/a.jpg", "other/b.jpg")
    write_coco(tmp_path / "train.json", small("a.jpg"))
    write_coco(tmp_path / "val.json", small("a.jpg", "b.jpg"))
    annotations = Coco().read(tmp_path)
    # The a.jpg of the validation is missing: the one for training is another picture.
    splits = splits_of(annotations)
    assert splits.pop("train/a.jpg") == "train"
    assert splits.pop("other/b.jpg") == "val"
    [(missing, split)] = splits.items()
    assert split == "val"
    assert not (tmp_path / missing).exists()


def test_a_picture_in_the_files_of_two_splits_belongs_to_the_first(tmp_path: Path) -> None:
    write_pictures(tmp_path, *(f"images/{name}.jpg" for name in "abc"))
    write_coco(tmp_path / "annotations/instances_all.json", small("c.jpg", "a.jpg"))
    write_coco(tmp_path / "annotations/instances_test.json", small("b.jpg", "c.jpg"))
    write_coco(tmp_path / "annotations/instances_train.json", small("a.jpg", "b.jpg"))
    annotations = Coco().read(tmp_path)
    assert_same_length(annotations)
    assert [*zip(annotations.files, annotations.label_files, strict=True)] == [
        ("images/a.jpg", "annotations/instances_train.json"),
        ("images/b.jpg", "annotations/instances_train.json"),
        ("images/c.jpg", "annotations/instances_test.json"),
    ]
    # The objects are those of that file alone: once, and not out of a split that it is not in.
    assert boxes_of(annotations) == {
        "images/a.jpg": [[1, 0, 11, 5]],
        "images/b.jpg": [[2, 0, 12, 5]],
        "images/c.jpg": [[2, 0, 12, 5]],
    }
    assert splits_of(annotations) == {
        "images/a.jpg": "train",
        "images/b.jpg": "train",
        "images/c.jpg": "test",
    }
    found = [(f.kind, f.severity, f.file, f.files) for f in annotations.findings]
    everything, held_out = (f"annotations/instances_{name}.json" for name in ("all", "test"))
    assert found == [
        ("id_duplicate", "warning", everything, ("images/c.jpg",)),
        ("id_duplicate", "warning", everything, ("images/a.jpg",)),
        ("duplicate_across_splits", "warning", held_out, ("images/b.jpg",)),
    ]


def test_a_pattern_takes_each_file_once_though_links_go_in_circles(tmp_path: Path) -> None:
    write_pictures(tmp_path, "set/images/a.jpg")
    write_coco(tmp_path / "set/labels.json", small("a.jpg"))
    (tmp_path / "set" / "again").symlink_to(".")
    annotations = Coco(annotations="**/labels.json").read(tmp_path)
    assert [*annotations.label_files] == ["set/labels.json"]
    assert boxes_of(annotations) == {"set/images/a.jpg": [[1, 0, 11, 5]]}


def test_files_are_named_by_pattern(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg", "images/b.jpg", "images/c.jpg")
    write_coco(tmp_path / "deep/down/one [1].json", small("a.jpg"))
    write_coco(tmp_path / "deep/down/two.json", small("b.jpg"))
    write_coco(tmp_path / "three.json", small("c.jpg"))

    def files(pattern: str) -> list[str]:
        return [*Coco(annotations=pattern).read(tmp_path).files]

    assert files("three.json") == ["images/c.jpg"]
    assert files("deep/down/one [1].json") == ["images/a.jpg"]
    assert files("deep/**/*.json") == ["images/a.jpg", "images/b.jpg"]
    with pytest.raises(DataError, match=r"four\.json.*annotations"):
        files("four.json")


def test_other_json_beside_the_labels_is_passed_over(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg")
    write_coco(tmp_path / "labels.json", small("a.jpg"))
    write_coco(tmp_path / "answers.json", [{"image_id": 1, "score": 0.5}])
    annotations = Coco().read(tmp_path)
    assert [*annotations.files] == ["a.jpg"]
    [finding] = annotations.findings
    assert (finding.file, finding.severity) == ("answers.json", "note")
    assert "list of detections" in finding.message


@pytest.mark.parametrize("root", ["nowhere", "nowhere.json", "empty"])
def test_nothing_to_read(tmp_path: Path, root: str) -> None:
    write_files(tmp_path, {"empty/notes.txt": "no labels"})
    with pytest.raises(DataError, match=r"(no such|no COCO file).*dataset\.root"):
        Coco().read(tmp_path / root)
