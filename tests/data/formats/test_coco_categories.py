"""Categories of COCO files: which become classes, and in what order."""

from pathlib import Path

import pytest

from objloc.data.formats import Coco
from tests.data.formats.coco_files import box, category, coco, image, read, write_coco
from tests.data.formats.label_files import kinds_of, write_pictures


def test_categories_are_joined_by_name(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg", "images/b.jpg")
    one = coco([image(1, "a.jpg")], [box(1, 1, 9, 0, 0, 1, 1)], [category(9, "dog")])
    other = coco(
        [image(1, "b.jpg")],
        [box(1, 1, 9, 0, 0, 1, 1), box(2, 1, 0, 0, 0, 2, 2)],
        [category(9, "cat"), category(0, "dog")],
    )
    write_coco(tmp_path / "annotations/instances_train.json", one)
    write_coco(tmp_path / "annotations/instances_val.json", other)
    annotations = Coco().read(tmp_path)
    assert annotations.class_names == ("dog", "cat")
    assert annotations.labels.tolist() == [0, 1, 0]
    assert annotations.class_ids is None  # the files disagree
    assert annotations.findings == ()


@pytest.mark.parametrize(
    ("unused", "names", "dropped"),
    [
        ("drop_parents", ("dog", "person"), ["animal"]),
        ("drop", ("dog",), ["animal", "person"]),
        ("keep", ("animal", "dog", "person"), []),
    ],
)
def test_unused_categories(
    tmp_path: Path, unused: str, names: tuple[str, ...], dropped: list[str]
) -> None:
    categories = [
        category(0, "animal", "none"),
        category(4, "dog", "animal"),
        category(5, "person", "person"),  # as COCO has it: its own parent
    ]
    content = coco([image(1, "a.jpg")], [box(1, 1, 4, 0, 0, 1, 1)], categories)
    annotations = read(tmp_path, content, unused_classes=unused)
    assert annotations.class_names == names
    assert annotations.class_names[annotations.labels[0]] == "dog"
    assert kinds_of(annotations) == ["class_unused"] * len(dropped)
    assert [finding.message.split("'")[1] for finding in annotations.findings] == dropped


def test_a_parent_with_objects_is_a_class(tmp_path: Path) -> None:
    categories = [category(0, "animal", "none"), category(4, "dog", "animal")]
    content = coco([image(1, "a.jpg")], [box(1, 1, 0, 0, 0, 1, 1)], categories)
    annotations = read(tmp_path, content)
    assert annotations.class_names == ("animal", "dog")
    assert annotations.findings == ()


def test_duplicate_categories(tmp_path: Path) -> None:
    categories = [category(1, "cat"), category(1, "dog"), category(2, "cat"), category(3, "cow")]
    entries = [box(i, 1, of, 0, 0, 1, 1) for i, of in enumerate([1, 2, 3])]
    annotations = read(tmp_path, coco([image(1, "a.jpg")], entries, categories))
    assert annotations.class_names == ("cat", "cow")
    assert annotations.labels.tolist() == [0, 0, 1]
    assert annotations.class_ids is None
    found = [(finding.kind, finding.severity, finding.where) for finding in annotations.findings]
    assert found == [
        ("class_duplicate", "error", "category 1"),
        ("class_duplicate", "warning", "category 2"),
    ]
