"""Regions of the picture where objects are found less often than elsewhere, named in words."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.special import xlogy

from objloc.insight.probes.position_map import PositionMap

_PERMUTATIONS = 499
_SURE = 0.01
"""A region is named if chance alone brings one as conspicuous in at most this share of cases."""

_DIFFERENCE = 0.2
"""…and if recall is lower by so much: less is of no consequence, however sure."""

_MOST = 4

_SHARES = {
    1 / 8: "eighth",
    1 / 4: "quarter",
    1 / 3: "third",
    1 / 2: "half",
    2 / 3: "two thirds",
    3 / 4: "three quarters",
}


@dataclass(frozen=True)
class BlindSpot:
    """A rectangle of places where recall is lower than at the others.

    Attributes:
        name: where it is, in words: "left third".
        x: smallest and largest x of the places in it, in pixels.
        y: likewise along y.
        recall: in it.
        elsewhere: recall at all other places, those of blind spots found before left out.
        p_value: the share of cases in which chance alone would bring a region as conspicuous,
            anywhere in the picture.
    """

    name: str
    x: tuple[float, float]
    y: tuple[float, float]
    recall: float
    elsewhere: float
    p_value: float

    def text(self) -> str:
        """A line for people."""
        kind = "blind" if self.recall <= 0.5 else "weak"
        return (
            f"{self.name}: recall {self.recall:.2f}, elsewhere {self.elsewhere:.2f} ({kind} for "
            f"objects centred at x {self.x[0]:.0f} to {self.x[1]:.0f} px, y {self.y[0]:.0f} to "
            f"{self.y[1]:.0f} px; p ≤ {self.p_value:.3f})"
        )


def blind_spots(places: PositionMap, seed: int = 0) -> list[BlindSpot]:
    """The regions, the most conspicuous first; none where recall is the same everywhere.

    The spatial scan statistic (Kulldorff 1997, "A Spatial Scan Statistic", Bernoulli model): of all
    rectangles of places in which recall is lower by .2, that with the largest likelihood ratio
    between one recall inside and a higher one outside, and the same recall everywhere. How large
    it would be by chance is seen by exchanging each object's verdicts between places: so that the
    size, difficulty and repeated use of an object, and the number of rectangles that are tried, are
    all accounted for. Further regions are looked for among the places that are left.
    """
    rng = np.random.default_rng(seed)
    free = np.ones(places.recall.shape, bool)
    spots: list[BlindSpot] = []
    while len(spots) < _MOST and free.sum() > 1:
        spot, region = _most_conspicuous(places, free, rng)
        if spot is None or region is None:
            break
        spots.append(spot)
        free[region] = False
    return spots


Region = tuple[slice, slice]


def _most_conspicuous(
    places: PositionMap, free: Bool[np.ndarray, "g g"], rng: np.random.Generator
) -> tuple[BlindSpot | None, Region | None]:
    objects = len(places.found)
    flat = places.found[:, free]  # (n, f)
    counts = np.zeros((_PERMUTATIONS + 1, *free.shape), np.int64)
    counts[0, free] = flat.sum(axis=0)
    for draw in range(1, _PERMUTATIONS + 1):
        counts[draw, free] = rng.permuted(flat, axis=1).sum(axis=0)
    regions, ratios, lower = _ratios(counts, free, objects)
    # A large region that is hardly weaker must not hide a small one that is blind.
    measured = np.where(lower >= _DIFFERENCE - 1e-9, ratios[0], 0.0)
    place = int(np.argmax(measured))
    chance = ratios[1:].max(axis=1)
    p_value = float((1 + (chance >= measured[place] - 1e-9).sum()) / (_PERMUTATIONS + 1))
    if not measured[place] > 0 or p_value > _SURE:
        return None, None
    top, bottom, left, right = regions[place]
    region = (slice(top, bottom), slice(left, right))
    inside = np.zeros_like(free)
    inside[region] = True
    x, y = places.x[left:right], places.y[top:bottom]
    spot = BlindSpot(
        name=_name(places, region),
        x=(float(x[0]), float(x[-1])),
        y=(float(y[0]), float(y[-1])),
        recall=float(places.recall[inside & free].mean()),
        elsewhere=float(places.recall[~inside & free].mean()),
        p_value=p_value,
    )
    return spot, region


def _ratios(
    counts: Int64[np.ndarray, "p g g"], free: Bool[np.ndarray, "g g"], objects: int
) -> tuple[list[tuple[int, int, int, int]], Float64[np.ndarray, "p r"], Float64[np.ndarray, " r"]]:
    """Every rectangle of places, and its log likelihood ratio under each of P outcomes.

    0 where recall inside is not lower than outside. At last, by how much it is lower in the first
    outcome.
    """
    rows, columns = free.shape
    regions = [
        (first_row, last_row, first_column, last_column)
        for first_row in range(rows)
        for last_row in range(first_row + 1, rows + 1)
        for first_column in range(columns)
        for last_column in range(first_column + 1, columns + 1)
    ]
    top, bottom, left, right = np.array(regions).T  # (R,) each

    def inside_of(sums: np.ndarray) -> np.ndarray:
        """What a table of sums from the upper left corner says of each rectangle."""
        upper = sums[..., top, right] - sums[..., top, left]
        return np.asarray(sums[..., bottom, right] - sums[..., bottom, left] - upper)

    summed = np.pad(counts, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)
    size = np.pad(free.astype(np.int64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    found = inside_of(summed)  # (P, R)
    tried = objects * inside_of(size)  # (R,)
    total, trials = summed[:, -1:, -1], objects * int(free.sum())
    rest, others = total - found, trials - tried
    usable = (tried > 0) & (others > 0)
    inside, outside = found / np.maximum(tried, 1), rest / np.maximum(others, 1)
    ratio = (
        _likelihood(found, tried)
        + _likelihood(rest, others)
        - _likelihood(total, np.full(1, trials))
    )
    return regions, np.where(usable & (inside < outside), ratio, 0.0), (outside - inside)[0]


def _likelihood(
    found: Int64[np.ndarray, "p r"], tried: Int64[np.ndarray, " r"]
) -> Float64[np.ndarray, "p r"]:
    """The log likelihood of so many finds, under the recall at which it is largest."""
    share = found / np.maximum(tried, 1)
    return np.asarray(xlogy(found, share) + xlogy(tried - found, 1 - share))


def _name(places: PositionMap, region: Region) -> str:
    """In words: which part of the picture the places stand for."""
    across = _part(places.x, region[1], places.side, ("left", "right", "middle"))
    down = _part(places.y, region[0], places.side, ("top", "bottom", "middle"))
    if across and down:
        return f"{across} of the {down}"
    return across or down


def _part(
    centers: Float64[np.ndarray, " g"], part: slice, side: int, names: tuple[str, str, str]
) -> str:
    """Which part along one axis; "" where it is all of it."""
    first, last = part.start, part.stop - 1
    if first == 0 and last == len(centers) - 1:
        return ""
    # Half-way to the next place; the outermost ones stand for all up to the picture's edge.
    start = 0.0 if first == 0 else (centers[first - 1] + centers[first]) / 2
    end = float(side) if last == len(centers) - 1 else (centers[last] + centers[last + 1]) / 2
    share = (end - start) / side
    nearest = min(_SHARES, key=lambda known: abs(known - share))
    where = names[0] if first == 0 else names[1] if last == len(centers) - 1 else names[2]
    return f"{where} {_SHARES[nearest]}"
