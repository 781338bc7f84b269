"""COCO files that are cut off, in another encoding, or something else."""

import json
import tracemalloc
from pathlib import Path

import pytest

from objloc.data.files.printable import printable
from objloc.data.formats import Coco
from objloc.errors import DataError
from tests.data.formats.coco_files import box, category, coco, image, small, write_coco
from tests.data.formats.label_files import boxes_of, kinds_of, write_pictures


def test_a_file_cut_in_half_says_where_it_ends(tmp_path: Path) -> None:
    text = json.dumps(small(*[f"{i}.jpg" for i in range(50)]), indent=1)
    half = text[: len(text) // 2]
    (tmp_path / "labels.json").write_text(half)
    with pytest.raises(DataError) as raised:
        Coco().read(tmp_path)
    message = str(raised.value)
    assert str(tmp_path / "labels.json") in message
    assert f"line {half.count(chr(10)) + 1}," in message
    assert "cut off" in message
    assert "again" in message


def test_a_cut_is_told_without_making_objects_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a file of gigabytes would take minutes and all memory")

    monkeypatch.setattr("objloc.data.formats.coco_json.read_leniently", refuse)
    text = json.dumps(small("a.jpg", "b.jpg"), indent=1)
    for end in range(1, len(text) - 1):
        (tmp_path / "labels.json").write_text(text[:end])
        lines = text[:end].split("\n")
        place = rf"line {len(lines)}, column {len(lines[-1]) + 1} \(byte {end:,}\).*cut off"
        with pytest.raises(DataError, match=place):
            Coco().read(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_cut_is_recognised_anywhere(tmp_path: Path, share: float) -> None:
    text = json.dumps(small("a.jpg", "b.jpg"))
    (tmp_path / "labels.json").write_text(text[: int(share * len(text))])
    with pytest.raises(DataError, match="the file was cut off"):
        Coco().read(tmp_path)


def test_a_cut_file_among_others_is_not_passed_over(tmp_path: Path) -> None:
    write_coco(tmp_path / "one.json", small("a.jpg"))
    (tmp_path / "two.json").write_text('{"images": [')
    with pytest.raises(DataError, match=r"two\.json.*cut off"):
        Coco().read(tmp_path)


def test_a_wrong_letter_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text('{"images": [],\n "annotations" [],\n "categories": []}')
    with pytest.raises(DataError, match=r"labels\.json: line 2, column 16 \(byte 30\).*no JSON"):
        Coco().read(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("   ", "cut off"),
        ("no JSON at all", r"line 1, column 1 .*no JSON"),
        ("[" * 100_000, r"lists within lists|cut off"),
        ('"text"', "single str"),
        ("17", "single int"),
        ("[]", "a list"),
        ('[{"image_id": 1, "category_id": 1, "bbox": [], "score": 0.5}]', "list of detections"),
        ('{"info": {}, "shapes": []}', r"'images'.*it has: info, shapes"),
        ('{"images": [], "categories": []}', "no list 'annotations'"),
        ('{"images": [], "annotations": []}', "no list 'categories'"),
        ('{"images": {}, "annotations": [], "categories": []}', "no list 'images'"),
        ("{}", "it has: nothing"),
    ],
)
def test_what_is_no_coco_says_what_it_is(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "labels.json").write_text(content)
    with pytest.raises(DataError, match=rf"labels\.json: .*({says})"):
        Coco().read(tmp_path / "labels.json")


def test_only_other_json(tmp_path: Path) -> None:
    write_coco(tmp_path / "one.json", [])
    write_coco(tmp_path / "two.json", {"shapes": []})
    with pytest.raises(DataError, match=r"none of its JSON files is a COCO file.*annotations"):
        Coco().read(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_bytes(bytes(range(128, 256)) * 10)
    with pytest.raises(DataError, match="no JSON"):
        Coco().read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("entry_by_entry", [False, True])
def test_encodings(tmp_path: Path, encoding: str, entry_by_entry: bool) -> None:
    write_pictures(tmp_path, "grün/猫.jpg")
    entries: list[object] = [box(1, 1, 1, 1, 2, 3, 4)]
    if entry_by_entry:
        entries.append(box(2, 1, 1, None, 2, 3, 4))
    content = coco([image(1, "grün/猫.jpg")], entries, [category(1, "größte")])
    text = json.dumps(content, ensure_ascii=False)
    (tmp_path / "labels.json").write_bytes(text.encode(encoding))
    annotations = Coco().read(tmp_path)
    assert boxes_of(annotations) == {"grün/猫.jpg": [[1, 2, 4, 6]]}
    assert annotations.class_names == ("größte",)
    assert annotations.path(0).is_file()
    assert kinds_of(annotations) == ["box_not_a_number"] * entry_by_entry


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    name = b"gr\xfcn.png".decode("utf-8", "surrogateescape")
    write_pictures(tmp_path, "plain.png")
    (tmp_path / "plain.png").rename(tmp_path / name)
    text = json.dumps(small("HERE")).encode().replace(b"HERE", b"gr\xfcn.png")
    (tmp_path / "labels.json").write_bytes(text)
    annotations = Coco().read(tmp_path)
    assert [*annotations.files] == [name]
    assert annotations.path(0).is_file()


@pytest.mark.parametrize("last", ["images", "categories"])
def test_half_an_emoji_is_no_cut(tmp_path: Path, last: str) -> None:
    write_pictures(tmp_path, "a.jpg")
    content = small("a.jpg", "half \ud83d.jpg")
    content["categories"] = [{"id": 3, "name": "half \ud83d"}]
    ordered = {**{key: content[key] for key in content if key != last}, last: content[last]}
    (tmp_path / "labels.json").write_text(json.dumps(ordered))
    annotations = Coco().read(tmp_path)
    assert annotations.class_names == (r"half \ud83d",)
    assert [printable(file) for file in annotations.files] == ["a.jpg", r"half \ud83d.jpg"]
    assert len(annotations.boxes) == 2


def test_nan_where_nothing_hangs_on_it(tmp_path: Path) -> None:
    text = json.dumps(small("a.jpg")).replace('"year": 2026', '"year": NaN')
    (tmp_path / "labels.json").write_text(text)
    assert Coco().read(tmp_path).boxes.tolist() == [[1, 0, 11, 5]]


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    with pytest.raises(DataError, match=r"loop\.json"):
        Coco().read(tmp_path)


@pytest.mark.slow
def test_two_gigabytes_that_are_no_label_file_are_refused_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "instances.json"
    with file.open("wb") as out:
        out.write(b'{"images": [], "annotations": [], "categories": []')
        out.truncate(2 * 2**30)  # a hole: it takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"instances\.json: .*cut off"):
            Coco().read(file)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()
