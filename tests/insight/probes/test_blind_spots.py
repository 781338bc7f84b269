"""Blind spots: found and named where there are any, and hardly ever where there are none."""

import numpy as np
import pytest

from objloc.insight.probes.blind_spots import blind_spots
from objloc.insight.probes.position_map import PositionMap

SIDE, CELLS = 96, 6
CENTERS = np.linspace(8, 88, CELLS)  # 16 px apart: cells of a sixth of the picture


def places(found: np.ndarray) -> PositionMap:
    overlap = found.astype(np.float64)
    return PositionMap(SIDE, CENTERS, CENTERS, found, overlap, np.full((*found.shape, 2), np.nan))


def all_but(rows: slice, columns: slice, objects: int = 12) -> np.ndarray:
    found = np.ones((objects, CELLS, CELLS), bool)
    found[:, rows, columns] = False
    return found


@pytest.mark.parametrize(
    ("rows", "columns", "name"),
    [
        (slice(None), slice(0, 2), "left third"),
        (slice(None), slice(3, 6), "right half"),
        (slice(5, 6), slice(None), "bottom eighth"),
        (slice(2, 4), slice(None), "middle third"),
        (slice(0, 2), slice(4, 6), "right third of the top third"),
    ],
)
def test_what_is_blind_is_named(rows: slice, columns: slice, name: str) -> None:
    found = all_but(rows, columns)
    [spot] = blind_spots(places(found))
    assert spot.name == name
    assert (spot.recall, spot.elsewhere) == (0, 1)
    assert spot.x == (CENTERS[columns][0], CENTERS[columns][-1])
    assert spot.y == (CENTERS[rows][0], CENTERS[rows][-1])
    assert f"{name}: recall 0.00, elsewhere 1.00 (blind" in spot.text()


def test_two_blind_spots_are_two() -> None:
    found = all_but(slice(None), slice(0, 1))
    found[:, 4:, 4:] = False
    assert {spot.name for spot in blind_spots(places(found))} == {
        "left eighth",
        "right third of the bottom third",
    }


def test_what_is_weak_by_a_little_is_not_named() -> None:
    found = all_but(slice(0, 0), slice(0, 0), objects=100)
    found[:15, :, :2] = False  # .85 against 1: sure, but of little consequence
    assert blind_spots(places(found)) == []
    found[:30, :, :2] = False
    [spot] = blind_spots(places(found))
    assert (spot.name, spot.recall) == ("left third", pytest.approx(0.7))


def test_a_large_region_that_is_hardly_weaker_hides_no_small_one_that_is_blind() -> None:
    found = all_but(slice(0, 0), slice(0, 0), objects=100)
    found[:15, :, :3] = False  # .85 in the left half
    found[50:, 5, 5] = False
    [spot] = blind_spots(places(found))
    assert (spot.name, spot.recall) == ("right eighth of the bottom eighth", 0.5)


def test_luck_is_hardly_ever_taken_for_a_blind_spot() -> None:
    rng = np.random.default_rng(0)
    # Objects are of very different difficulty, each the same everywhere. Few, so that some cells
    # differ by much: at p ≤ .01, of 40 maps more than 3 have a spot once in 1,000 times.
    alarms = 0
    for seed in range(40):
        difficulty = rng.random((8, 1, 1))
        found = rng.random((8, CELLS, CELLS)) < difficulty
        alarms += len(blind_spots(places(found), seed)) > 0
    assert alarms <= 3
