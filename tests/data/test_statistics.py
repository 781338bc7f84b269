import json

import numpy as np
import pytest

from objloc.data import Sample
from objloc.data.statistics import statistics


def sample(boxes: list, labels: list, ignore: list | None = None) -> Sample:
    return Sample(
        image=np.zeros((30, 60, 3), np.uint8),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        labels=np.array(labels, np.int32),
        ignore=np.array(ignore or [False] * len(labels), bool),
        area=np.ones(len(labels), np.float32),
        image_id=0,
        size=(30, 60),
    )


def test_counts_are_those_of_a_hand_made_set():
    counted = statistics(
        iter(
            [
                sample([[0, 0, 10, 6], [40, 20, 60, 30]], [0, 2]),
                sample([[20, 10, 40, 20], [0, 0, 60, 30]], [2, 1], [False, True]),
                sample([], []),
                sample([[0, 0, 60, 30]], [1], [True]),
            ]
        ),
        ["a", "b", "c"],
    )
    assert counted.samples == 4
    assert counted.objects == 3
    assert counted.empty_share == 0.5
    assert counted.class_counts == {"a": 1, "b": 0, "c": 2}
    # 2, 1, 0 and 0 objects that count.
    assert counted.per_sample == pytest.approx((0, 0, 0, 0.5, 1.25, 1.85, 2))
    assert counted.sizes == {"30×60": 4}
    # Widths 10, 20, 20; heights 6, 10, 10; areas 60, 200, 200 of 1800.
    assert counted.width[0] == 10
    assert counted.width[3] == counted.width[-1] == 20
    assert counted.height[0] == 6
    assert counted.area[-1] == pytest.approx(200 / 1800)
    third = pytest.approx(1 / 3)
    assert counted.centres == ((third, 0, 0), (0, third, 0), (0, 0, third))
    text = counted.as_text()
    assert "4 pictures, 3 objects, 50.0% empty" in text
    assert "66.7%" in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("objects")]
    assert row[1:5] + row[7:] == ["0.0", "0.0", "0.0", "0.5", "2.0"]
    json.dumps(counted.as_dict())


def test_a_set_without_objects_has_a_table_too():
    counted = statistics([sample([], [])], ["a"])
    assert counted.empty_share == 1
    assert counted.width == ()
    assert "1 pictures, 0 objects, 100.0% empty" in counted.as_text()


def test_no_samples_are_an_error():
    with pytest.raises(ValueError, match="no samples"):
        statistics([], ["a"])
