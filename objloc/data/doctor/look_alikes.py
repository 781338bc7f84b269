"""Finds the pictures that look alike without comparing all with all."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int64, UInt8, UInt64

MAX_DISTANCE = 6
"""Bits of 64 that may differ.

Measured on 379 pictures of three datasets: a JPEG of quality 30, half the size, another shape,
grey instead of colour change at most 4 bits, brighter by a sixth at most 6, 2 % cut off at two
sides 4 (half of the pictures) to 12. Photographs of different scenes differ by 14 and more. A
mirrored picture is another picture to this hash.
"""

MIN_CORRELATION = 0.85
"""What the thumbnails must agree to. The same changes leave .85 to 1; of 30,000 pairs of different
pictures the closest hashes (14 bits) reach .77. At a hundred thousand pictures (5 billion pairs)
chance brings some hashes together, and this tells them apart."""

_FLAT = 1.5  # grey levels: a thumbnail with less deviation shows nothing that could be compared
_CHUNK = 1 << 20  # pairs of hashes compared at a time
_THUMBNAIL_CHUNK = 1 << 14  # pairs of thumbnails


def look_alikes(
    hashes: UInt64[np.ndarray, " i"], thumbnails: UInt8[np.ndarray, "i 16 16"]
) -> Int64[np.ndarray, " i"]:
    """For each picture the first one that it looks like, directly or over others in between.

    Two look alike if their hashes differ by at most `MAX_DISTANCE` bits and their thumbnails
    agree. Two hashes that differ in 6 bits agree in one of 7 bands of 9 or 10 bits, so only
    pictures that share a band are compared: 1 % of all pairs. Pictures of one and the same hash
    count once there; so a thousand black pictures are no million pairs.

    Returns:
        The index of the first picture of its group, which is its own where it is like no other.
    """
    groups = np.arange(len(hashes))
    different, first, member = np.unique(hashes, return_index=True, return_inverse=True)
    for pairs in _close(different):
        groups = _join_alike(groups, first[pairs], thumbnails)
    # Of one hash each is compared with the first, and with its neighbour in brightness: flat
    # pictures all have the same one, white and black.
    order = np.lexsort((thumbnails.mean(axis=(1, 2)), member))
    neighbours = np.stack([order[:-1], order[1:]], axis=1)
    same = np.concatenate([np.stack([first[member], np.arange(len(hashes))], axis=1), neighbours])
    same = same[(member[same[:, 0]] == member[same[:, 1]]) & (same[:, 0] != same[:, 1])]
    return _join_alike(groups, same, thumbnails)


def join(
    groups: Int64[np.ndarray, " i"], pairs: Int64[np.ndarray, "p 2"]
) -> Int64[np.ndarray, " i"]:
    """Merge the groups of each pair; a group is named by its smallest member."""
    groups = groups.copy()
    while True:
        # Each pair pulls the larger of its two names down to the smaller, until nothing moves.
        before = groups.copy()
        names = np.sort(groups[pairs], axis=1)
        np.minimum.at(groups, names[:, 1], names[:, 0])
        groups = groups[groups]
        if np.array_equal(groups, before):
            return groups


def _join_alike(
    groups: Int64[np.ndarray, " i"],
    pairs: Int64[np.ndarray, "p 2"],
    thumbnails: UInt8[np.ndarray, "i 16 16"],
) -> Int64[np.ndarray, " i"]:
    for start in range(0, len(pairs), _THUMBNAIL_CHUNK):
        part = pairs[start : start + _THUMBNAIL_CHUNK]
        alike = _alike(thumbnails[part[:, 0]], thumbnails[part[:, 1]])
        if alike.any():
            groups = join(groups, part[alike])
    return groups


def _close(hashes: UInt64[np.ndarray, " u"]) -> Iterator[Int64[np.ndarray, "p 2"]]:
    """Pairs of indices into different hashes that are close; some of them several times."""
    edges = np.linspace(0, 64, MAX_DISTANCE + 2).round().astype(int)
    for low, high in pairwise(edges):
        band = (hashes >> np.uint64(low)) & np.uint64((1 << int(high - low)) - 1)
        order = np.argsort(band, kind="stable")
        for pairs in _pairs_of_equals(band[order]):
            a, b = order[pairs[:, 0]], order[pairs[:, 1]]
            close = np.bitwise_count(hashes[a] ^ hashes[b]) <= MAX_DISTANCE
            yield np.stack([a[close], b[close]], axis=1)


def _pairs_of_equals(ordered: UInt64[np.ndarray, " u"]) -> Iterator[Int64[np.ndarray, "p 2"]]:
    """All pairs of places with equal values in an ordered array, about a million at a time."""
    # Place p has the partners p + 1 .. last place of its value.
    partners = np.searchsorted(ordered, ordered, side="right") - np.arange(len(ordered)) - 1
    ends = np.cumsum(partners)
    start = 0
    while start < len(ordered):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
        count = partners[start:stop]
        a = np.repeat(np.arange(start, stop), count)
        step = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count) + 1
        yield np.stack([a, a + step], axis=1)
        start = stop


def _alike(
    a: UInt8[np.ndarray, "p 16 16"], b: UInt8[np.ndarray, "p 16 16"]
) -> Bool[np.ndarray, " p"]:
    """Whether thumbnails agree, but for brightness and contrast."""
    left, right = (pixels.reshape(len(pixels), -1).astype(np.float32) for pixels in (a, b))
    brightness = left.mean(axis=1), right.mean(axis=1)
    left, right = left - brightness[0][:, None], right - brightness[1][:, None]
    deviations = left.std(axis=1), right.std(axis=1)
    correlation = (left * right).mean(axis=1) / np.maximum(deviations[0] * deviations[1], 1e-6)
    flat = np.maximum(*deviations) < _FLAT
    # Flat pictures are alike if they are equally bright.
    equally_bright = np.abs(brightness[0] - brightness[1]) < _FLAT
    return np.where(flat, equally_bright, correlation >= MIN_CORRELATION)
