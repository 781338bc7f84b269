"""Near-duplicates: what the hash forgives, that nothing is missed, and that it scales."""

import time
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from objloc.data.doctor.look_alikes import MAX_DISTANCE, join, look_alikes
from objloc.data.doctor.perceptual_hash import perceptual_hash
from tests.data.doctor.labelled_sets import picture


def hashed(pictures: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    rows = [perceptual_hash(each) for each in pictures]
    return np.array([bits for bits, _ in rows], np.uint64), np.stack([tiny for _, tiny in rows])


def groups(pictures: list[np.ndarray]) -> list[int]:
    return look_alikes(*hashed(pictures)).tolist()


def changed(pixels: np.ndarray, how: str) -> np.ndarray:
    image = Image.fromarray(pixels)
    if how == "jpeg":
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=30)
        image = Image.open(buffer)
    elif how == "half":
        image = image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)
    elif how == "square":
        image = image.resize((200, 200))
    elif how == "grey":
        image = image.convert("L").convert("RGB")
    elif how == "bright":
        return np.clip(pixels * 1.15 + 10, 0, 255).astype(np.uint8)
    return np.array(image)


@pytest.mark.parametrize("how", ["jpeg", "half", "square", "grey", "bright"])
def test_a_changed_picture_is_found_again(how: str) -> None:
    originals = [(picture(seed) * 0.7 + 20).astype(np.uint8) for seed in range(20)]
    found = groups([*originals, *(changed(pixels, how) for pixels in originals)])
    assert found == [*range(20), *range(20)]


def test_flat_pictures_are_alike_if_equally_bright() -> None:
    flat = [np.full((40, 50, 3), level, np.uint8) for level in (0, 0, 255, 128, 255)]
    assert groups(flat) == [0, 0, 2, 3, 2]


def test_equal_hashes_of_different_thumbnails_are_not_alike() -> None:
    tiny = np.random.default_rng(0).integers(0, 256, (2, 16, 16), dtype=np.uint8)
    assert look_alikes(np.array([7, 7], np.uint64), tiny).tolist() == [0, 1]


@given(st.integers(0, 2**32 - 1))
def test_bands_find_what_comparing_all_with_all_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, 40, dtype=np.uint64)
    for row in range(20, 40):  # a relative of an earlier one, by 0 to 9 bits
        bits = rng.choice(64, rng.integers(0, 10), replace=False)
        hashes[row] = hashes[rng.integers(0, row)] ^ np.bitwise_or.reduce(
            np.uint64(1) << bits.astype(np.uint64), initial=np.uint64(0)
        )
    same = np.tile(rng.integers(0, 256, (1, 16, 16), dtype=np.uint8), (40, 1, 1))
    expected = list(range(40))
    for a in range(40):
        for b in range(a + 1, 40):
            if int(hashes[a] ^ hashes[b]).bit_count() <= MAX_DISTANCE:
                low, high = sorted((expected[a], expected[b]))
                expected = [low if name == high else name for name in expected]
    assert look_alikes(hashes, same).tolist() == expected


def test_join_names_a_group_by_its_smallest_member() -> None:
    chain = np.array([[5, 4], [3, 4], [2, 3], [0, 1]])
    assert join(np.arange(7), chain).tolist() == [0, 0, 2, 2, 2, 2, 6]


def test_a_hundred_thousand_pictures_take_seconds() -> None:
    """All with all would be 5 billion comparisons, and a thousand black ones half a million."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 100_000, dtype=np.uint64)
    tiny = rng.integers(0, 256, (100_000, 16, 16), dtype=np.uint8)
    hashes[90_000] = hashes[5] ^ np.uint64(0b100101)
    tiny[90_000] = tiny[5]
    hashes[1000:2000], tiny[1000:2000] = 0, 0
    start = time.process_time()
    found = look_alikes(hashes, tiny)
    assert time.process_time() - start < 20
    expected = np.arange(100_000)
    expected[90_000], expected[1000:2000] = 5, 1000
    assert np.array_equal(found, expected)
