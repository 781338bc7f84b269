"""Pictures of COCO files, by names that are not quite those of the files."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from objloc.data.formats import Coco
from tests.data.formats.coco_files import small, write_coco
from tests.data.formats.label_files import boxes_of, count_calls, kinds_of, write_pictures


def files(folder: Path, *names: str) -> Sequence[str]:
    write_coco(folder / "labels.json", small(*names))
    return Coco().read(folder).files


@pytest.mark.parametrize(
    ("there", "written"),
    [
        ("images/a b (1).jpg", "a%20b%20(1).jpg"),
        ("images/a%20b.jpg", "a%20b.jpg"),
        ("images/100%.jpg", "100%.jpg"),
        ("images/a.JPG", "a.jpg"),
        ("images/a.jpg", "A.JPG"),
        ("images/a.jpg", "images/a.jpg"),
        ("images/a.jpg", "./images/a.jpg"),
        ("images/a.jpg", "elsewhere/a.jpg"),
        ("images/below/a.jpg", "below\\a.jpg"),
        ("images/a.jpg", "C:\\Users\\me\\set\\images\\a.jpg"),
        ("images/a.jpg", "/home/me/set/images/a.jpg"),
        ("images/a.jpg", "https://bucket.example/set/a.jpg?token=1"),
        ("images/gru\u0308n.jpg", "gr\u00fcn.jpg"),
        ("more/a.jpg", "a.jpg"),
    ],
)
def test_pictures_are_found(tmp_path: Path, there: str, written: str) -> None:
    write_pictures(tmp_path, there)
    assert [*files(tmp_path, written)] == [there]


def test_the_longest_end_of_a_path_counts(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/one/a.jpg", "images/two/a.jpg")
    names = ["/data/set/two/a.jpg", "/data/set/one/a.jpg"]
    write_coco(tmp_path / "labels.json", small(*names))
    annotations = Coco().read(tmp_path)
    # By path; the ids are the places in the list.
    assert [*annotations.files] == ["images/one/a.jpg", "images/two/a.jpg"]
    assert annotations.image_ids.tolist() == [2, 1]
    [finding] = annotations.findings
    assert (finding.kind, finding.severity) == ("path_foreign", "note")
    assert "2 pictures" in finding.message


@pytest.mark.parametrize("before", ["", "D:\\set\\", "/home/me/set/"])
def test_a_missing_picture_is_not_another_one_of_its_name(tmp_path: Path, before: str) -> None:
    write_pictures(tmp_path, "images/cam1/a.jpg", "images/cam1/b.jpg")
    names = [f"{before}{name}" for name in ("cam2/a.jpg", "cam1/a.jpg", "cam1/b.jpg")]
    write_coco(tmp_path / "labels.json", small(*names))
    annotations = Coco().read(tmp_path)
    boxes = boxes_of(annotations)
    assert boxes.pop("images/cam1/a.jpg") == [[2, 0, 12, 5]]
    assert boxes.pop("images/cam1/b.jpg") == [[3, 0, 13, 5]]
    [(missing, there)] = boxes.items()
    assert there == [[1, 0, 11, 5]]
    assert not (tmp_path / missing).exists()


def test_another_suffix_is_another_picture(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png")
    assert [*files(tmp_path, "a.jpg")] == ["images/a.jpg"]


def test_missing_pictures_stay_where_they_should_be(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg", "images/b.jpg")
    names = ["a.jpg", "gone.jpg", "b.jpg", "D:\\set\\images\\lost.jpg"]
    write_coco(tmp_path / "labels.json", small(*names))
    annotations = Coco().read(tmp_path)
    assert [*annotations.files] == [
        *("images/a.jpg", "images/b.jpg", "images/gone.jpg", "images/lost.jpg")
    ]
    # The check of the pictures tells of them; the labels are as good as the others.
    assert kinds_of(annotations) == ["path_foreign"]
    assert len(annotations.boxes) == 4


def test_addresses_that_are_none_are_missing_pictures(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg")
    names = ["a.jpg", "http://[somewhere/b.jpg", "http://[somewhere/a.jpg"]
    assert [*files(tmp_path, *names)] == ["images/a.jpg", "images/b.jpg"]


def test_no_picture_at_all(tmp_path: Path) -> None:
    assert [*files(tmp_path, "a.jpg", "below/b.jpg", "")] == [".", "a.jpg", "below/b.jpg"]


def test_no_picture_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{i:03}.jpg" for i in range(200)]
    for name in names:
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / name).touch()
    write_coco(tmp_path / "labels.json", small(*names, "gone.jpg"))
    calls = count_calls(monkeypatch, "stat", "lstat", "scandir", "open")
    assert len(Coco().read(tmp_path)) == 201
    assert sum(calls.values()) < 30
