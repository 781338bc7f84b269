from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data.files.picture_check import check_pictures, seems_cut_off
from tests.data.files.labels import Picture, table
from tests.data.files.test_picture import bad_pictures, exif


def test_good_pictures_have_sizes_orientations_and_modes(tmp_path: Path, write_noise):
    write_noise("a.jpg", size=(24, 32))
    Image.new("L", (40, 30)).save(tmp_path / "b.png")
    Image.new("RGB", (50, 20)).save(tmp_path / "c.jpg", exif=exif(6))
    checked = check_pictures(
        table(tmp_path, [Picture("a.jpg"), Picture("b.png", size=(30, 40)), Picture("c.jpg")])
    )
    assert checked.usable.tolist() == [True, True, True]
    assert checked.sizes.tolist() == [[24, 32], [30, 40], [50, 20]]
    assert checked.stored_sizes.tolist() == [[24, 32], [30, 40], [20, 50]]
    assert checked.orientations.tolist() == [1, 1, 6]
    assert checked.modes == ("RGB", "L", "RGB")
    assert checked.findings == ()


def test_labels_may_speak_of_a_picture_as_stored_or_as_it_is_seen(tmp_path: Path):
    for name in ("stored.jpg", "upright.jpg", "unknown.jpg", "wrong.jpg"):
        Image.new("RGB", (50, 20)).save(tmp_path / name, exif=exif(8))
    labels = table(
        tmp_path,
        [
            Picture("stored.jpg", size=(20, 50)),
            Picture("upright.jpg", size=(50, 20)),
            Picture("unknown.jpg"),
            Picture("wrong.jpg", size=(40, 100)),
        ],
    )
    checked = check_pictures(labels)
    assert checked.turned(labels.sizes).tolist() == [True, False, False, False]
    assert checked.usable.tolist() == [True, True, True, False]
    [finding] = checked.findings
    assert (finding.kind, finding.severity) == ("size_mismatch", "error")
    assert str(finding) == (
        "wrong.jpg.txt: the label speaks of 100 × 40 px, but wrong.jpg has 20 × 50; label the "
        "picture that is there, correct the size, or set dataset.invalid_pictures=skip"
    )


def test_bad_pictures_are_told_apart(tmp_path: Path, write_noise):
    reasons = bad_pictures(tmp_path)
    names = [path.name for path in reasons.values()]
    write_noise("good.jpg")
    labels = table(tmp_path, [*map(Picture, names), Picture("good.jpg")])
    checked = check_pictures(labels)
    assert checked.usable.tolist() == [False] * len(names) + [True]
    assert checked.sizes.tolist() == [[0, 0]] * len(names) + [[24, 32]]
    for name, reason, finding in zip(names, reasons, checked.findings, strict=True):
        missing = name == "none.jpg"
        assert finding.kind == ("picture_missing" if missing else "picture_unreadable")
        assert finding.file == (f"{name}.txt" if missing else name)
        assert finding.files == (name,)
        assert reason in finding.message
        assert str(tmp_path) not in str(finding)


def test_an_entry_of_a_common_label_file_is_named_by_its_id(tmp_path: Path):
    labels = table(tmp_path, [Picture("none.jpg")], image_ids=[71])
    [finding] = check_pictures(
        type(labels)(**{**vars(labels), "ref_kind": "annotation", "label_files": ["all.json"]})
    ).findings
    assert str(finding).startswith("all.json: image 71: none.jpg: there is no such picture; ")


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "bmp", "tif", "ppm"])
def test_a_picture_without_its_end_is_truncated_wherever_it_is_cut(
    tmp_path: Path, write_noise, suffix: str
):
    content = write_noise(f"whole.{suffix}", size=(80, 80)).read_bytes()
    names = []
    for share in (0.3, 0.6, 0.9):
        names.append(f"{share}.{suffix}")
        (tmp_path / names[-1]).write_bytes(content[: int(share * len(content))])
    checked = check_pictures(table(tmp_path, [Picture(f"whole.{suffix}"), *map(Picture, names)]))
    assert checked.usable.tolist() == [True, False, False, False]
    # Pillow opens a GIF or a WebP only with all of its frames.
    assert [finding.kind for finding in checked.findings] == [
        "picture_unreadable" if suffix == "webp" else "picture_truncated"
    ] * 3


def test_only_decoding_calls_a_picture_truncated(tmp_path: Path, write_noise):
    # A whole JPEG behind whose end mark a camera put two kilobytes of its own.
    path = write_noise("a.jpg")
    path.write_bytes(path.read_bytes() + bytes(2048))
    assert seems_cut_off(path)
    assert check_pictures(table(tmp_path, [Picture("a.jpg")])).usable.all()


def test_whole_pictures_are_not_decoded(write_noise, monkeypatch: pytest.MonkeyPatch):
    names = [f"a.{suffix}" for suffix in ("jpg", "png", "gif", "webp")]
    paths = [write_noise(name) for name in names]
    monkeypatch.setattr(Image.Image, "load", None)
    checked = check_pictures(table(paths[0].parent, [Picture(name) for name in names]))
    assert checked.usable.all()


def test_many_pictures_come_back_in_their_order(tmp_path: Path):
    for side in range(1, 201):
        Image.new("L", (side, 2)).save(tmp_path / f"{side}.png")
    checked = check_pictures(table(tmp_path, [Picture(f"{side}.png") for side in range(1, 201)]))
    assert checked.sizes[:, 1].tolist() == list(range(1, 201))


def test_no_pictures_are_no_problem(tmp_path: Path):
    checked = check_pictures(table(tmp_path, []))
    assert checked.sizes.shape == (0, 2)
    assert checked.usable.dtype == np.bool_
