"""Pictures of every kind come out upright, as RGB, at the size that is asked for."""

import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data.files import picture as decoding
from objloc.data.files.picture import (
    TooManyPixelsError,
    decode_picture,
    picture_header,
    read_picture,
    upright_boxes,
)
from objloc.errors import DataError

RED, WHITE = (255, 0, 0), (255, 255, 255)


def marked(height: int, width: int) -> tuple[Image.Image, np.ndarray]:
    """A grey picture with a red rectangle near one corner, and the rectangle's box."""
    pixels = np.full((height, width, 3), 90, np.uint8)
    x1, y1, x2, y2 = width // 8, height // 16, width // 2, height // 4
    pixels[y1:y2, x1:x2] = RED
    return Image.fromarray(pixels), np.array([[x1, y1, x2, y2]], np.float64)


def red_box(image: np.ndarray) -> list[int]:
    """Where the picture is red, whatever compression did to the edges."""
    red = (image[:, :, 0].astype(int) - image[:, :, 1]) > 110
    rows, columns = np.nonzero(red)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def exif(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    return made


# What each orientation does to a picture, by NumPy: from the table of CIPA DC-008 ("row 0 is the
# right-hand side, column 0 the top", …).
UPRIGHT = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_picture_header_and_boxes_alike(tmp_path: Path, orientation: int, suffix: str):
    path = tmp_path / f"a.{suffix}"
    picture, stored_box = marked(64, 96)
    options = {"quality": 100, "subsampling": 0} if suffix == "jpg" else {}
    if suffix == "webp":
        options = {"lossless": True}
    picture.save(path, exif=exif(orientation), **options)
    image = read_picture(path)
    expected = UPRIGHT[orientation](np.asarray(picture))
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).max() <= (4 if suffix == "jpg" else 0)
    header = picture_header(path)
    assert header.size == image.shape[:2]
    assert header.stored_size == (64, 96)
    assert header.orientation == orientation
    upright = upright_boxes(stored_box, header.stored_size, orientation)
    assert upright[0].tolist() == red_box(image)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_fit_reduced_pictures_of_any_orientation(
    tmp_path: Path, orientation: int, suffix: str
):
    # 4 · 67 + 1 by 4 · 101 + 3: neither side is a multiple of the reduction, so that the pixels
    # that stand for fewer are at an edge, which a mirrored picture has on the other side.
    path = tmp_path / f"a.{suffix}"
    height, width = 269, 407
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[40:120, 80:240] = RED  # multiples of 8: whole pixels when reduced by 4
    options = {"quality": 100, "subsampling": 0} if suffix == "jpg" else {}
    Image.fromarray(pixels).save(path, exif=exif(orientation), **options)
    whole, reduced = decode_picture(path), decode_picture(path, at_least=60)
    assert (whole.reduction, reduced.reduction) == (1, 4)
    assert min(reduced.image.shape[:2]) == 68
    box = np.array([red_box(whole.image)], np.float64)
    assert whole.scaled(box).tolist() == box.tolist()
    found = reduced.scaled(box)[0]
    seen = red_box(reduced.image)
    if (
        suffix == "jpg" or orientation == 1
    ):  # reduced as it is stored, and 4 divides the red's edges
        assert found.tolist() == seen
    else:  # reduced when upright: an edge may lie inside a pixel
        assert np.abs(found - seen).max() < 1
    # The middle of the red is red, one reduced pixel outside of it is not.
    x1, y1, x2, y2 = found.round().astype(int)
    assert (reduced.image[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2, 0] > 200).all()
    assert (reduced.image[y1 - 2, x1:x2, 0] < 120).all()
    assert (reduced.image[y1:y2, x2 + 1, 0] < 120).all()


def test_a_picture_is_reduced_by_as_much_as_it_may(write_noise):
    for suffix, sides in (("jpg", (300, 300, 150, 75, 38)), ("png", (300, 300, 150, 60, 34))):
        path = write_noise(f"a.{suffix}", size=(300, 450))
        asked = (None, 299, 149, 60, 33)
        read = [read_picture(path, at_least=side).shape[0] for side in asked]
        assert read == list(sides), suffix
        assert read_picture(path, at_least=1000).shape == (300, 450, 3)


def save(tmp_path: Path, name: str, picture: Image.Image, **options: object) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


GREY = Image.fromarray(np.array([[0, 100, 255]], np.uint8))


def test_grey_pictures_have_three_equal_channels(tmp_path: Path):
    for name in ("a.png", "a.bmp", "a.pgm", "a.tif"):
        image = read_picture(save(tmp_path, name, GREY))
        assert image.tolist() == [[[0] * 3, [100] * 3, [255] * 3]], name
    assert read_picture(save(tmp_path, "a.jpg", GREY)).shape == (1, 3, 3)
    black_white = GREY.point(lambda value: 255 * (value > 99)).convert("1")
    assert read_picture(save(tmp_path, "b.png", black_white)).tolist() == [
        [[0] * 3, [255] * 3, [255] * 3]
    ]


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path):
    values = np.array([[0, 257, 25700, 65535]], np.uint16)
    for name in ("a.png", "a.tif"):
        image = read_picture(save(tmp_path, name, Image.fromarray(values)))
        assert image[0].tolist() == [[0] * 3, [1] * 3, [100] * 3, [255] * 3], name


def test_transparency_is_laid_on_white(tmp_path: Path):
    rgba = Image.fromarray(
        np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 51]]], np.uint8), "RGBA"
    )
    assert read_picture(save(tmp_path, "a.png", rgba))[0].tolist() == [
        [255, 0, 0],
        [255, 255, 255],
        [204, 204, 204],  # four fifths of white
    ]
    grey_alpha = Image.fromarray(np.array([[[100, 255], [100, 0]]], np.uint8), "LA")
    assert read_picture(save(tmp_path, "b.png", grey_alpha))[0].tolist() == [[100] * 3, [255] * 3]


def test_palettes_are_looked_up_and_their_transparency_is_laid_on_white(tmp_path: Path):
    palette = Image.new("P", (3, 1))
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    palette.putdata([0, 1, 2])
    colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert read_picture(save(tmp_path, "a.png", palette))[0].tolist() == colours
    for name in ("b.png", "b.gif"):
        image = read_picture(save(tmp_path, name, palette, transparency=1))
        assert image[0].tolist() == [colours[0], list(WHITE), colours[2]], name
    per_colour = save(tmp_path, "c.png", palette, transparency=bytes([255, 0, 51]))
    assert read_picture(per_colour)[0].tolist() == [colours[0], list(WHITE), [204, 204, 255]]


def test_cmyk_is_converted(tmp_path: Path):
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for name in ("a.jpg", "a.tif"):
        image = read_picture(save(tmp_path, name, cmyk)).astype(int)
        assert np.abs(image - RED).max() <= 3, name
    assert picture_header(tmp_path / "a.jpg").mode == "CMYK"


def test_only_the_first_picture_of_an_animation_counts(tmp_path: Path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, WHITE)]
    for name in ("a.gif", "a.tif"):
        path = save(tmp_path, name, frames[0], save_all=True, append_images=frames[1:])
        assert (read_picture(path) == RED).all(), name


def test_bytes_are_read_as_files_are(write_noise):
    path = write_noise("a.png")
    assert (read_picture(path.read_bytes()) == read_picture(path)).all()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG file."""
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("where", ["before the pixels", "behind the pixels", "as text", "as XMP"])
def test_a_png_is_turned_wherever_it_says_so(tmp_path: Path, where: str):
    picture, _ = marked(20, 30)
    plain = save(tmp_path, "plain.png", picture).read_bytes()
    if where == "as text":  # as ImageMagick writes it
        block = exif(6).tobytes()
        text = f"\nexif\n{len(block)}\n{block.hex()}\n".encode()
        extra = chunk(b"tEXt", b"Raw profile type exif\0" + text)
    elif where == "as XMP":
        xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/>'
        extra = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp + b"</x:xmpmeta>")
    else:
        extra = chunk(b"eXIf", exif(6).tobytes().removeprefix(b"Exif\0\0"))
    place = 8 + 25 if where == "before the pixels" else len(plain) - 12  # IHDR is 25 bytes, IEND 12
    path = tmp_path / "turned.png"
    path.write_bytes(plain[:place] + extra + plain[place:])
    assert picture_header(path).size == (30, 20)
    assert read_picture(path).shape == (30, 20, 3)


def test_the_header_of_a_png_needs_no_pixels(write_noise, monkeypatch: pytest.MonkeyPatch):
    path = write_noise("a.png")
    monkeypatch.setattr(Image.Image, "load", None)
    assert picture_header(path).size == (24, 32)


def test_an_orientation_that_is_none_is_upright(tmp_path: Path):
    picture, _ = marked(32, 48)
    path = save(tmp_path, "a.jpg", picture, exif=exif(9))
    assert picture_header(path).orientation == 1
    assert read_picture(path).shape == (32, 48, 3)


def bomb(path: Path) -> Path:
    """A PNG of 30,000 × 30,000 pixels in a few kilobytes."""

    squeeze = zlib.compressobj(9)
    row = bytes(1 + 30_000 // 8)
    rows = b"".join(squeeze.compress(row * 1000) for _ in range(30)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


def bad_pictures(folder: Path) -> dict[str, Path]:
    """Files that are no pictures, by what an error must say of them."""
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("not a picture at all\n")
    (folder / "loop.jpg").symlink_to(folder / "pool.jpg")
    (folder / "pool.jpg").symlink_to(folder / "loop.jpg")
    (folder / "folder.jpg").mkdir()
    return {
        "not a picture": folder / "text.jpg",
        "not a picture (": folder / "empty.jpg",
        "Too many levels of symbolic links": folder / "loop.jpg",
        "Is a directory": folder / "folder.jpg",
        "there is no such picture": folder / "none.jpg",
        "more pixels than a picture should have": bomb(folder / "bomb.png"),
    }


def test_what_is_no_picture_is_refused_with_its_name_and_the_reason(tmp_path: Path):
    for reason, path in bad_pictures(tmp_path).items():
        for read in (picture_header, read_picture):
            with pytest.raises(DataError) as caught:
                read(path)
            assert str(caught.value).startswith(f"{path}: ")
            assert reason in str(caught.value)
    assert (tmp_path / "bomb.png").stat().st_size < 200_000


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tif"])
def test_a_picture_that_is_cut_off_is_refused_at_any_size(write_noise, suffix: str):
    path = write_noise(f"a.{suffix}", size=(64, 64))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    for at_least in (None, 16):
        with pytest.raises(DataError, match=r"cannot be decoded|not a picture"):
            read_picture(path, at_least)


@pytest.mark.parametrize(
    "name", ["a%20b (1).png", "größe.png", "with space.png", b"caf\xe9.png", b"\xff\xfe.png"]
)
def test_any_file_name_can_be_read_and_reported(tmp_path: Path, write_noise, name: str | bytes):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(write_noise("other.png").read_bytes())
    assert read_picture(path).shape == (24, 32, 3)
    path.write_bytes(b"nothing")
    with pytest.raises(DataError) as caught:
        read_picture(path)
    str(caught.value).encode("utf-8")  # can be printed, whatever the name's bytes are


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's, about what it passes over
def test_damage_in_the_middle_is_an_error_not_a_crash(write_noise):
    rng = np.random.default_rng(0)
    for suffix in ("jpg", "png", "gif", "webp", "tif"):
        path = write_noise(f"a.{suffix}", size=(40, 40))
        content = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(60):
            damaged = content.copy()
            damaged[rng.integers(4, len(content), 5)] = rng.integers(0, 256, 5)
            try:
                image = read_picture(damaged.tobytes())
            except DataError:
                continue
            assert image.ndim == 3
            assert image.dtype == np.uint8


def test_nothing_is_written_beside_the_pictures(tmp_path: Path, write_noise):
    path = write_noise("a.jpg", size=(300, 300))
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    read_picture(path)
    read_picture(path, at_least=50)
    picture_header(path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_a_palette_picture_is_not_confused_with_its_indices(tmp_path: Path):
    # Pillow would average palette indices if it reduced before it converted.
    palette = Image.new("P", (200, 200))
    palette.putpalette([0, 0, 255, *([0] * 750), 0, 0, 255])
    palette.putdata([0, 251] * 20_000)
    path = save(tmp_path, "a.png", palette)
    assert (read_picture(BytesIO(path.read_bytes()).getvalue(), 50) == (0, 0, 255)).all()


@pytest.mark.parametrize("side", [2000, 10_000, 100_000])  # Pillow warns of the second, refuses it
def test_a_picture_with_too_many_pixels_is_refused_by_its_header(side: int):
    header = chunk(b"IHDR", struct.pack(">II5B", side, side, 8, 2, 0, 0, 0))
    with pytest.raises(TooManyPixelsError):  # and not that its pixels are none
        read_picture(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"none"), most_pixels=1_000_000)


def test_bytes_start_no_other_program():
    with pytest.raises(DataError, match="not a picture"):
        read_picture(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")


def in_mode(mode: str, height: int, width: int) -> Image.Image:
    """Random pixels of a mode, with every alpha there is; of P, one colour is transparent."""
    rng = np.random.default_rng(0)
    if mode == "F":
        picture = Image.fromarray(rng.random((height, width), np.float32))
    elif mode.startswith("I"):
        kind, largest = (np.uint16, 2**16) if mode == "I;16" else (np.int32, 2**17)
        picture = Image.fromarray(rng.integers(0, largest, (height, width)).astype(kind))
    else:
        bands = rng.integers(0, 256, (4, height, width), np.uint8)
        rgba = Image.merge("RGBA", [Image.fromarray(band) for band in bands])
        picture = rgba if mode == "RGBA" else rgba.convert("RGB").convert(mode)
        if mode == "LA":
            picture.putalpha(rgba.getchannel("A"))
        if mode in ("P", "L", "RGB"):
            picture.info["transparency"] = picture.getpixel((0, 0))
    assert picture.mode == mode
    return picture


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB", "CMYK", "I", "I;16", "F", "1"])
def test_strips_make_the_picture_that_the_whole_would(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = decoding.rgb_picture(in_mode(mode, 203, 301))
    monkeypatch.setattr(decoding, "_STRIP", 301 * 7)
    assert (decoding.rgb_picture(in_mode(mode, 203, 301)) == whole).all()
    assert len(np.unique(whole)) > 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux does")
@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "RGB"])
def test_a_picture_needs_little_more_memory_than_its_pixels(tmp_path: Path, mode: str) -> None:
    height, width = 3000, 4000
    picture = Image.new(mode, (width, height))
    path = save(tmp_path, "a.png", picture, exif=exif(6))
    program = (
        "import resource, sys; from pathlib import Path; from PIL import Image; Image.init()\n"
        "from objloc.data.files.picture import read_picture as read\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = used(); read(Path(sys.argv[1])); print(used() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    # Pillow's four bytes a pixel, twice, and what lies between them.
    assert int(done.stdout) * 1024 < (10 * height * width)
