"""The head's maps light up where the object is."""

import numpy as np
import pytest
from scipy.special import expit

from objloc.data import Sample
from objloc.insight.layers.answer_maps import AnswerMap, answer_maps
from objloc.insight.layers.recording import record
from objloc.insight.subject import best_subject
from objloc.models import Localizer
from tests.insight.layers.small_models import head_of, noise, small


def test_the_trained_grid_lights_up_in_the_objects_cells(
    grid: Localizer, samples: list[Sample]
) -> None:
    inside, outside = [], []
    for sample in samples:
        [found] = answer_maps(grid.head, record(grid, sample.image[None]))
        [[x1, y1, x2, y2]] = sample.boxes
        row, column = found.peak
        x, y = 8 * column + 4, 8 * row + 4
        assert x1 - 8 < x < x2 + 8
        assert y1 - 8 < y < y2 + 8
        lit = found.over(48)
        inside.append(lit[int((y1 + y2) / 2), int((x1 + x2) / 2)])
        far = np.ones((48, 48), bool)
        far[max(int(y1) - 12, 0) : int(y2) + 12, max(int(x1) - 12, 0) : int(x2) + 12] = False
        outside.append(lit[far].max(initial=0))
    assert np.mean(inside) > 0.8
    assert np.mean(outside) < 0.1


def test_soft_argmaxs_maps_light_up_along_the_sides(
    soft_argmax: Localizer, samples: list[Sample]
) -> None:
    for sample in samples[:4]:
        recording = record(soft_argmax, sample.image[None])
        subject = best_subject(sample.image, recording.outputs)
        maps = {one.name: one.values for one in answer_maps(soft_argmax.head, recording)}
        assert list(maps) == ["left", "top", "right", "bottom", "look"]
        for values in maps.values():
            assert values.sum() == pytest.approx(1, abs=1e-4)
        # The answer is each map's mean place: cells stand evenly from 0 to 1.
        places = np.linspace(0, 48, 12)
        means = [
            (maps["left"].sum(axis=0) * places).sum(),
            (maps["top"].sum(axis=1) * places).sum(),
            (maps["right"].sum(axis=0) * places).sum(),
            (maps["bottom"].sum(axis=1) * places).sum(),
        ]
        np.testing.assert_allclose(means, subject.box, atol=0.01)


def test_of_a_cells_anchors_the_surest_counts_and_levels_are_apart() -> None:
    model = small(head_of("ssd"))  # 12 × 12 and 6 × 6 cells with two anchors each
    recording = record(model, noise(2))
    logits = np.full((2, 2 * 144 + 2 * 36), -9, np.float32)
    logits[1, 2 * (12 * 3 + 5) + 1] = 2
    logits[1, 2 * 144 + 2 * (6 * 4 + 1)] = 1
    recording.outputs["objectness"] = logits
    fine, coarse = answer_maps(model.head, recording, picture=1)
    assert (fine.name, coarse.name) == (
        "objectness at 12 × 12 cells",
        "objectness at 6 × 6 cells",
    )
    assert (fine.peak, coarse.peak) == ((3, 5), (4, 1))
    assert fine.values.max() == pytest.approx(expit(2))
    assert coarse.values.max() == pytest.approx(expit(1))
    assert not answer_maps(
        small(head_of("regression")).head, record(small(head_of("regression")), noise(1))
    )


def test_a_map_over_a_picture_keeps_its_cells() -> None:
    values = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    over = AnswerMap("look", values).over(6)
    np.testing.assert_array_equal(over, np.kron(values, np.ones((3, 2))))
    # Where the cells don't divide the picture, a pixel belongs to the cell at its centre.
    np.testing.assert_array_equal(
        AnswerMap("look", values[:1]).over(4)[0], np.array([1, 2, 2, 3], np.float32)
    )
