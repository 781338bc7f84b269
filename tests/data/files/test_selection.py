from pathlib import Path

import numpy as np
import pytest

from objloc.data.files.selection import select
from tests.data.files.labels import Picture, table


@pytest.mark.parametrize("seed", range(5))
def test_a_selection_is_what_picking_one_by_one_gives(seed: int):
    rng = np.random.default_rng(seed)
    names = ("a", "b", "c", "d")
    pictures = [
        Picture(
            f"{number}.jpg",
            [(names[rng.integers(4)], tuple(rng.random(4))) for _ in range(rng.integers(4))],
            size=(number, 9),
        )
        for number in range(30)
    ]
    whole = table(Path("/nowhere"), pictures, class_names=names)
    images = rng.permutation(30)[: rng.integers(31)].astype(np.int64)
    stays = rng.random(len(whole.boxes)) < 0.7
    part = select(
        whole,
        images=images,
        objects=stays,
        class_names=("d", "a"),
        label_of=np.array([1, -1, -1, 0], np.int32),
    )
    assert part.class_names == ("d", "a")
    assert len(part) == len(images)
    for place, image in enumerate(images):
        rows = [
            row
            for row in range(whole.starts[image], whole.starts[image + 1])
            if stays[row] and names[whole.labels[row]] in ("a", "d")
        ]
        found = part.objects(place)
        assert part.files[place] == pictures[image].file
        assert part.sizes[place].tolist() == [image, 9]
        assert part.boxes[found].tolist() == whole.boxes[rows].tolist()
        assert part.refs[found].tolist() == whole.refs[rows].tolist()
        assert [part.class_names[label] for label in part.labels[found]] == [
            names[whole.labels[row]] for row in rows
        ]
    assert part.starts[-1] == len(part.boxes) == len(part.labels) == len(part.area)
