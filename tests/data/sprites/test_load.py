from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data.sprites import PictureSprites, RectangleSprites, load_sprites
from objloc.errors import DataError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{}</svg>'


def load(sprites: Path | str, **options: object):
    return load_sprites(str(sprites), **{"min_size": 8, "max_size": 16, **options})


def draw(sprites, label: int) -> np.ndarray:
    return sprites.draw(label, np.random.default_rng(0))


def test_sets_that_come_with_objloc():
    assert len(load("creatures").class_names) == 3
    assert set(load("emoji").class_names) == {
        *("happy", "laughing", "skeptical", "sad", "cool", "whoa", "crying", "puking", "nervous")
    }
    assert isinstance(load("rectangles"), RectangleSprites)


def test_a_folder_may_mix_files_folders_and_kinds(write_png, tmp_path: Path):
    green = Image.new("RGBA", (8, 8))  # WebP drops an alpha channel that is opaque everywhere
    green.paste((0, 255, 0, 255), (2, 2, 6, 6))
    green.save(tmp_path / "b.webp", lossless=True)
    write_png("c/1.png", (0, 0, 255, 255))
    write_png("c/deep/2.PNG", (0, 0, 200, 255))
    (tmp_path / "a.svg").write_text(
        SVG.format('<rect x="4" y="2" width="2" height="4" fill="#f00"/>')
    )
    (tmp_path / "README.md").write_text("passed over")
    (tmp_path / ".hidden.png").write_text("passed over")
    sprites = load(tmp_path, min_size=16)
    assert isinstance(sprites, PictureSprites)
    assert sprites.class_names == ("a", "b", "c")
    # The SVG's rectangle is half as wide as high, and the drawing is cut to it.
    red = draw(sprites, 0)
    assert red.shape == (16, 8, 4)
    assert (red == [255, 0, 0, 255]).all()
    assert (draw(sprites, 1) == [0, 255, 0, 255]).all()
    blues = {int(sprites.draw(2, np.random.default_rng(seed))[0, 0, 2]) for seed in range(20)}
    assert blues == {255, 200}


def test_a_tiny_svg_is_drawn_sharply(tmp_path: Path):
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        '<rect x="0.3" y="0.3" width="0.2" height="0.1"/></svg>'
    )
    drawn = draw(load(tmp_path, min_size=40, max_size=40), 0)
    assert drawn.shape == (20, 40, 4)
    assert (drawn[1:-1, 1:-1] == [0, 0, 0, 255]).all()


def test_sizes_below_and_above_a_picture_are_made(write_png):
    path = write_png("x/a.png", (9, 8, 7, 255), size=(10, 5))
    assert draw(load(path.parent, min_size=30, max_size=30), 0).shape == (15, 30, 4)
    assert draw(load(path.parent, min_size=6, max_size=6), 0).shape == (3, 6, 4)


def test_a_palette_picture_with_transparency_is_read(tmp_path: Path):
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([0, 0, 0, 250, 10, 20])
    picture.paste(1, (2, 2, 6, 7))
    picture.save(tmp_path / "a.png", transparency=0)
    drawn = draw(load(tmp_path, min_size=5, max_size=5), 0)
    assert drawn.shape == (5, 4, 4)
    assert (drawn == [250, 10, 20, 255]).all()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the folder holds no sprites; put .png, .svg, .webp files there"),
        ({"a": None}, "a: the class folder holds no sprites"),
        ({"a.png": (1, 2, 3)}, "a.png: the sprite has no alpha channel"),
        ({"a.jpg": (1, 2, 3)}, "a.jpg: a .jpg picture has no alpha channel"),
        ({"c/a.jpeg": (1, 2, 3)}, "a.jpeg: a .jpeg picture has no alpha channel"),
        ({"a.png": (1, 2, 3, 0)}, "a.png: the sprite is fully transparent"),
        ({"a.png": "no picture"}, "a.png: the picture cannot be read"),
        ({"a.webp": ""}, "a.webp: the picture cannot be read"),
        ({"a.svg": "<html></html>"}, "a.svg: this is no SVG that can be drawn"),
        ({"a.svg": "hello"}, "a.svg: this is no SVG that can be drawn"),
        ({"a.svg": b"\xff\xfe\x00"}, "a.svg: the SVG cannot be read"),
        ({"a.svg": SVG.format("")}, "a.svg: the sprite is fully transparent"),
        (
            {"cat.png": (1, 2, 3, 255), "cat.webp": (1, 2, 3, 255)},
            "'cat.png' and 'cat.webp' both name the class 'cat'",
        ),
        (
            {"cat/a.png": (1, 2, 3, 255), "cat.png": (1, 2, 3, 255)},
            "'cat' and 'cat.png' both name the class 'cat'",
        ),
        (
            {"Cat.png": (1, 2, 3, 255), "cat.png": (1, 2, 3, 255)},
            "'Cat.png' and 'cat.png' both name the class 'cat'",
        ),
    ],
)
def test_what_cannot_be_used_is_named(files: dict, message: str, write_png, tmp_path: Path):
    folder = tmp_path / "set"
    folder.mkdir()
    for name, content in files.items():
        if content is None:
            (folder / name).mkdir()
        elif isinstance(content, tuple):
            write_png(f"set/{name}", content)
        else:
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as error:
        load(folder)
    assert message in str(error.value)


def test_a_truncated_picture_is_named(write_png):
    path = write_png("set/a.png", (1, 2, 3, 255), size=(300, 300))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"a\.png: the picture cannot be read"):
        load(path.parent)


def test_an_unknown_set_is_told_the_nearest():
    with pytest.raises(DataError, match=r"'creature' \(did you mean 'creatures'\?\); sets: crea"):
        load("creature")


def test_a_file_is_no_folder(write_png):
    with pytest.raises(DataError, match="no folder of sprites and no font file"):
        load(write_png("a.png", (1, 2, 3, 255)))


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["hapy"], r"has no class 'hapy' \(did you mean 'happy'\?\); it has cool, crying"),
        (["sad", "sad"], "a class comes twice in sad, sad"),
        ([], r"dataset\.classes is empty"),
    ],
)
def test_classes_that_are_not_there_are_named(classes: list[str], message: str):
    with pytest.raises(DataError, match=message):
        load("emoji", classes=classes)


@pytest.mark.parametrize("sprites", ["creatures", "emoji", "rectangles"])
def test_a_sprite_of_a_chosen_size_is_the_one_that_would_be_drawn(sprites: str):
    loaded = load_sprites(sprites, min_size=10, max_size=40)
    for seed in range(12):
        label = seed % len(loaded.class_names)
        drawn = loaded.draw(label, np.random.default_rng(seed))
        size = max(drawn.shape[:2])
        sized = loaded.draw_sized(label, size, np.random.default_rng(seed))
        np.testing.assert_array_equal(sized, drawn)
        small = loaded.draw_sized(label, 5, np.random.default_rng(seed))
        assert max(small.shape[:2]) == 5
        if sprites == "rectangles":  # no thinner than any that is drawn
            assert small.shape[:2] == (5, 5)
            large = loaded.draw_sized(label, 60, np.random.default_rng(seed))
            assert max(large.shape[:2]) == 60
            assert min(large.shape[:2]) >= 10
            continue
        shape, small_shape = drawn.shape[0] / drawn.shape[1], small.shape[0] / small.shape[1]
        assert small_shape == pytest.approx(shape, rel=0.35)
