from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data.backgrounds import load_background
from objloc.data.backgrounds import photo as photo_module
from objloc.errors import DataError

SPLITS = ("train", "val", "test")


@pytest.mark.parametrize("kind", ["black", "white", "texture", "photo", "photo+texture"])
def test_pictures_are_fresh_of_the_asked_size_and_random_in_the_generator_alone(kind: str):
    background = load_background(kind)
    for seed in range(12):
        # Larger than some of the photographs, too.
        size = (64, 128, 200)[seed % 3]
        first, second = (
            background.draw("val", size, np.random.default_rng(seed)) for _ in range(2)
        )
        assert first.shape == (size, size, 3)
        assert first.dtype == np.uint8
        assert np.array_equal(first, second)
        first[:] = 7  # a scene is painted over it: nothing that is kept may change
        assert np.array_equal(background.draw("val", size, np.random.default_rng(seed)), second)


@pytest.mark.parametrize("kind", ["texture", "photo"])
def test_pictures_differ(kind: str):
    background = load_background(kind)
    made = {
        background.draw("train", 64, np.random.default_rng(seed)).tobytes() for seed in range(40)
    }
    assert len(made) == 40


def test_a_split_is_given_none_of_the_others_photographs(monkeypatch: pytest.MonkeyPatch):
    background = load_background("photo")
    seen: set[Path] = set()
    levels = photo_module._levels

    def watched(path: Path, size: int):
        seen.add(path)
        return levels(path, size)

    monkeypatch.setattr(photo_module, "_levels", watched)
    used = {}
    for split in SPLITS:
        seen.clear()
        for seed in range(200):
            background.draw(split, 128, np.random.default_rng(seed))
        used[split] = set(seen)
        assert {path.name for path in seen} == set(background.describe()[split])
    assert len(set.union(*used.values())) == sum(map(len, used.values()))


def test_a_folder_of_photographs_and_a_mix_with_it(write_png):
    for number in range(3):
        folder = write_png(f"photos/{number}.png", (200, 20, number)).parent
    picture = load_background(str(folder)).draw("test", 32, np.random.default_rng(0))
    assert (picture == picture[0, 0]).all()
    assert load_background(f"{folder}+black").describe()["kind"] == "mix"


def test_an_unreadable_photograph_is_named(write_png):
    for number in range(3):
        folder = write_png(f"photos/{number}.png", (1, 2, number)).parent
    (folder / "1.png").write_text("no picture")
    with pytest.raises(DataError, match=r"1\.png: not a picture"):
        load_background(str(folder))


def test_a_photograph_that_is_cut_off_is_named_before_it_is_drawn(write_png):
    for number in range(3):
        folder = write_png(f"photos/{number}.png", (1, 2, number)).parent
    whole = (folder / "2.png").read_bytes()
    (folder / "2.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"2\.png: .*; replace the file, or take it out"):
        load_background(str(folder))


def test_photographs_of_any_kind_are_read_upright(tmp_path: Path):
    # The left half is white; the camera was held on its side.
    stored = np.zeros((60, 40), np.uint8)
    stored[:30] = 255
    exif = Image.Exif()
    exif[0x0112] = 8
    kinds = {
        "grey.jpg": Image.fromarray(stored),
        "cmyk.jpg": Image.fromarray(stored).convert("RGB").convert("CMYK"),
        "deep.png": Image.fromarray(stored.astype(np.uint16) * 257),
    }
    for name, picture in kinds.items():
        picture.save(tmp_path / name, **({"exif": exif} if name == "grey.jpg" else {}))
    for name in kinds:
        (level,) = photo_module._levels(tmp_path / name, 40)
        if name == "grey.jpg":
            assert level.shape == (40, 60, 3)
            level = level.transpose(1, 0, 2)
        assert level.shape == (60, 40, 3)
        assert level[:28].min() > 230
        assert level[32:].max() < 25


def test_training_is_given_none_of_the_photographs_that_are_held_back(write_png):
    for number in range(12):
        folder = write_png(f"photos/{number}.png", (20 * number, 0, 0)).parent
    background = load_background(f"{folder}+black")
    held_back = background.files("train")[:2]
    smaller = background.without(held_back)
    assert smaller.files("train") == background.files("train")[2:]
    assert smaller.files("val") == background.files("val")
    assert smaller.describe() != background.describe()
    with pytest.raises(DataError, match="none of its training pictures may be used"):
        background.without(background.files("train"))
    for computed in ("texture", "white"):
        assert load_background(computed).without(held_back).files("train") == ()


def test_an_unknown_kind_is_told_the_nearest():
    with pytest.raises(DataError, match=r"'fotos' \(did you mean 'photo'\?\)"):
        load_background("fotos+black")
