"""The film has a frame for each moment, and shows what changed."""

import io

import numpy as np
import pytest
from PIL import Image

from objloc.insight.learning.film import Film, film_of
from objloc.insight.learning.stored import Learning
from tests.insight.learning import made


@pytest.fixture(scope="module")
def film() -> Film:
    found = film_of(made.learning())
    assert found is not None
    return found


def test_a_frame_for_each_moment_with_its_numbers(film: Film) -> None:
    assert len(film.frames) == len(made.STEPS)
    assert film.titles[0] == "epoch 0 · 0 steps · mean IoU 0.00"
    assert film.titles[4] == "epoch 0.8 · 8 steps · mean IoU 0.27"
    assert film.titles[-1] == "epoch 3 · 30 steps · mean IoU 1.00"


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_both_files_hold_every_frame(film: Film, kind: str) -> None:
    with Image.open(io.BytesIO(film.files()[f"film.{kind}"])) as played:
        assert played.n_frames == len(made.STEPS)
        assert played.size == film.frames[0].shape[1::-1]
        seen = []
        for place in (0, len(made.STEPS) - 1):
            played.seek(place)
            seen.append(np.asarray(played.convert("RGB"), np.int64))
    # As drawn, but for 256 colours or compression; and not the same at the end as at the start.
    for picture, wanted in zip(seen, (film.frames[0], film.frames[-1]), strict=True):
        assert np.median(np.abs(picture - wanted)) <= 4
    assert (np.abs(seen[0] - seen[1]).max(axis=2) > 60).sum() > 2000


def test_only_what_the_model_says_changes(film: Film) -> None:
    first, last = film.frames[0].astype(int), film.frames[-1].astype(int)
    changed = np.abs(first - last).max(axis=2) > 0
    width = (first.shape[1] - 8) // 3
    header = first.shape[0] - 256
    assert changed[header:, :width].any()
    assert changed[header:, width + 4 : 2 * width + 4].any()
    assert not changed[header:, 2 * width + 8 :].any()  # nothing is there, nothing was said


def test_a_long_film_is_thinned_but_for_its_ends() -> None:
    learning = made.learning()
    short = film_of(learning, most=3)
    assert short is not None
    assert [title.split(" · ")[1] for title in short.titles] == ["0 steps", "8 steps", "30 steps"]
    assert film_of(Learning(learning.setting, learning.epochs, ())) is None
