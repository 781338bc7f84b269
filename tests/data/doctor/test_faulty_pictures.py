"""One faulty picture in a healthy set: exactly that is found, with its place and a way out.

`diagnose` sees to it that nothing below the dataset's folder is touched.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.doctor.labelled_sets import (
    COUNT,
    HEIGHT,
    WIDTH,
    box,
    diagnose,
    only,
    picture,
    save,
    voc_xml,
    write_coco,
    write_label,
    write_voc,
)


def test_a_truncated_jpeg(voc: Path) -> None:
    path = voc / "images" / "3.jpg"
    path.write_bytes(path.read_bytes()[:1500])
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("picture_truncated", "error")
    assert finding.file == "images/3.jpg"
    assert "truncated" in finding.message
    assert "invalid_pictures=skip" in finding.way_out


def test_a_picture_whose_middle_is_lost(voc: Path) -> None:
    """Beginning and end are fine: only decoding it tells."""
    path = voc / "images" / "3.png"
    (voc / "images" / "3.jpg").unlink()
    save(path, np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[8000:8200] = bytes(200)
    path.write_bytes(bytes(content))
    (voc / "annotations" / "3.xml").write_text(voc_xml("3.png", [("dog", box(3))]))
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.file) == ("picture_truncated", "images/3.png")


@pytest.mark.parametrize("content", [b"", b"this is a text\n" * 20])
def test_a_file_that_is_no_picture(voc: Path, content: bytes) -> None:
    (voc / "images" / "3.jpg").write_bytes(content)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("picture_unreadable", "error")
    assert finding.file == "images/3.jpg"


def test_a_png_of_a_billion_pixels_is_not_decoded(voc: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    bomb += chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
    (voc / "images" / "3.jpg").write_bytes(bomb)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.file) == ("picture_unreadable", "images/3.jpg")
    assert "pixels" in finding.message


def test_a_picture_that_links_to_itself(yolo: Path) -> None:
    path = yolo / "train" / "images" / "3.jpg"
    path.unlink()
    path.symlink_to(path)
    finding = only(diagnose("yolo", yolo))
    assert finding.severity == "error"
    assert finding.kind in ("picture_missing", "picture_unreadable")
    assert finding.file == "train/images/3.jpg"


def test_folders_that_link_in_a_circle(voc: Path) -> None:
    (voc / "images" / "again").symlink_to(voc, target_is_directory=True)
    assert diagnose("voc", voc).findings == ()


def test_a_picture_that_is_missing(tmp_path: Path) -> None:
    write_coco(tmp_path)
    (tmp_path / "3.jpg").unlink()
    finding = only(diagnose("coco", tmp_path))
    assert (finding.kind, finding.severity) == ("picture_missing", "error")
    assert "3.jpg" in f"{finding.file} {finding.message}"


def test_a_label_without_its_picture(voc: Path) -> None:
    (voc / "images" / "3.jpg").unlink()
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("label_without_picture", "warning")
    assert finding.file == "annotations/3.xml"


@pytest.mark.parametrize("kind", ["voc", "coco"])
def test_a_picture_without_a_label(kind: str, tmp_path: Path) -> None:
    {"voc": write_voc, "coco": write_coco}[kind](tmp_path)
    name = {"voc": "images/new.JPG", "coco": "new.JPG"}[kind]
    Image.fromarray(picture(50)).save(tmp_path / name, format="JPEG")
    finding = only(diagnose(kind, tmp_path))
    assert (finding.kind, finding.severity) == ("picture_unlabelled", "warning")
    assert finding.file == name


def test_a_yolo_picture_without_a_label_file_is_empty(yolo: Path) -> None:
    save(yolo / "train" / "images" / "new.jpg", picture(50))
    diagnosis = diagnose("yolo", yolo)
    finding = only(diagnosis)
    assert (finding.kind, finding.severity) == ("picture_unlabelled", "note")
    assert finding.file == "train/images/new.jpg"
    assert sum(split.empty for split in diagnosis.splits) == 1


def test_a_label_of_another_size(voc: Path) -> None:
    write_label(voc, 3, [("dog", (140, 140, 200, 200))], size=(2 * WIDTH, 2 * HEIGHT))
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("size_mismatch", "error")
    assert finding.file == "annotations/3.xml"
    assert "320×240" in finding.message
    assert "160×120" in finding.message
    assert "2 times" in finding.message


@pytest.mark.parametrize(
    ("size", "words"), [((WIDTH, HEIGHT), "upright"), ((HEIGHT, WIDTH), "stored pixels")]
)
def test_a_picture_turned_by_exif(voc: Path, size: tuple[int, int], words: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(picture(3))
    save(voc / "images" / "3.jpg", np.ascontiguousarray(stored), exif=exif, quality=95)
    write_label(voc, 3, [("dog", (10, 20, 60, 80))], size=size)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("exif_rotated", "note")
    assert finding.file == "images/3.jpg"
    assert words in finding.message


@pytest.mark.parametrize(("mode", "words"), [("L", "stored as grey"), ("RGB", "stored as RGB")])
def test_a_grey_picture(voc: Path, mode: str, words: str) -> None:
    grey = Image.fromarray(picture(3)).convert("L")
    grey.convert(mode).save(voc / "images" / "3.jpg", quality=95)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("greyscale_picture", "note")
    assert finding.file == "images/3.jpg"
    assert words in finding.message


def test_one_spot_of_colour_makes_no_grey_picture(voc: Path) -> None:
    pixels = np.repeat(picture(3)[..., :1], 3, axis=2)
    pixels[-4:, -4:, 0] ^= 128
    (voc / "images" / "3.jpg").unlink()
    save(voc / "images" / "3.png", pixels)
    (voc / "annotations" / "3.xml").write_text(voc_xml("3.png", [("dog", box(3))]))
    assert diagnose("voc", voc).findings == ()


def test_a_picture_twice_in_one_split(voc: Path) -> None:
    (voc / "images" / "3.jpg").write_bytes((voc / "images" / "5.jpg").read_bytes())
    write_label(voc, 3, [("dog", (100, 30, 145, 71))])
    # Picture 5 has (100, 30, 145, 73): 45 × 41 of 45 × 43 are shared.
    finding = only(diagnose("voc", voc, splits=np.zeros(COUNT, np.int8)))
    assert (finding.kind, finding.severity) == ("duplicate_picture", "warning")
    assert finding.files == ("images/3.jpg", "images/5.jpg")
    assert f"{41 / 43:.3f}" in finding.message


def test_a_picture_in_two_splits(voc: Path) -> None:
    (voc / "images" / "3.jpg").write_bytes((voc / "images" / "5.jpg").read_bytes())
    splits = np.array([0, 0, 0, 0, 0, 2, 0, 0], np.int8)
    finding = only(diagnose("voc", voc, splits=splits))
    assert (finding.kind, finding.severity) == ("duplicate_across_splits", "warning")
    assert "train and test" in finding.message
    assert "splits=content" in finding.way_out


def test_a_picture_again_smaller_and_compressed(voc: Path) -> None:
    small = Image.fromarray(picture(5)).resize((80, 60), Image.Resampling.BILINEAR)
    small.save(voc / "images" / "3.jpg", quality=40)
    write_label(voc, 3, [("dog", (50, 15, 72, 36))], size=(80, 60))
    finding = only(diagnose("voc", voc, splits=np.zeros(COUNT, np.int8)))
    assert (finding.kind, finding.severity) == ("near_duplicate_picture", "warning")
    assert finding.files == ("images/3.jpg", "images/5.jpg")
