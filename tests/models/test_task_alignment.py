"""Task-aligned assignment by hand and against plain loops."""

import numpy as np
import pytest
from keras import ops

from objloc import boxes as geometry
from objloc.models.assignment import Assignment
from objloc.models.cells import cell_centers
from objloc.models.task_alignment import assign_aligned

POINTS = cell_centers(4, 4)
RULES = {"top_candidates": 3, "score_power": 0.5, "overlap_power": 4.0}


def assign(outputs: dict, boxes: list, labels: list, **rules: float) -> dict[str, np.ndarray]:
    assignment = assign_aligned(
        {name: ops.array(values, "float32") for name, values in outputs.items()},
        ops.array(boxes, "float32"),
        ops.array(labels, "int32"),
        POINTS,
        **{**RULES, **rules},
    )
    assert isinstance(assignment, Assignment)
    return {
        name: np.asarray(getattr(assignment, name))
        for name in ("positive", "boxes", "labels", "quality")
    }


def answers(rng: np.random.Generator, images: int) -> dict[str, np.ndarray]:
    """A box around each point, of random size, with random opinions on three classes."""
    sides = rng.uniform(0.05, 0.5, (images, 16, 4))
    corners = np.concatenate([POINTS - sides[..., :2], POINTS + sides[..., 2:]], -1)
    return {
        "boxes": corners.astype(np.float32),
        "class_logits": rng.normal(0, 1, (images, 16, 3)).astype(np.float32),
        "objectness": rng.normal(0, 1, (images, 16)).astype(np.float32),
    }


def test_the_best_aligned_inside_answer_and_are_graded() -> None:
    # One target over the four cells in the middle; three of them may answer.
    target = [0.25, 0.25, 0.75, 0.75]
    boxes = np.zeros((1, 16, 4), np.float32)
    boxes[0, 5] = target  # IoU 1
    boxes[0, 6] = [0.25, 0.25, 0.75, 0.5]  # .5
    boxes[0, 9] = [0.25, 0.25, 0.5, 0.5]  # .25
    boxes[0, 10] = [0.25, 0.25, 0.375, 0.5]  # .125: the fourth
    boxes[0, 0] = target  # as good as the best, but it stands outside
    given = {
        "boxes": boxes,
        "class_logits": np.zeros((1, 16, 1)),
        "objectness": np.zeros((1, 16)),
    }
    found = assign(given, [[target]], [[0]])
    assert np.flatnonzero(found["positive"][0]).tolist() == [5, 6, 9]
    expected = np.zeros(16)
    expected[[5, 6, 9]] = [1, 0.5**4, 0.25**4]  # all are as sure as each other
    np.testing.assert_allclose(found["quality"][0], expected, rtol=1e-5)
    np.testing.assert_allclose(found["boxes"][0, 6], target)


def test_a_target_between_the_points_has_the_nearest_one() -> None:
    tiny = [0.40, 0.40, 0.45, 0.45]  # no point inside; that at .375, .375 is nearest
    given = answers(np.random.default_rng(0), 1)
    found = assign(given, [[tiny]], [[2]])
    assert np.flatnonzero(found["positive"][0]).tolist() == [5]
    assert found["labels"][0, 5] == 2
    assert found["quality"][0, 5] == pytest.approx(
        geometry.iou(np.float32(tiny), given["boxes"][0, 5]), rel=1e-4
    )


def test_padding_and_empty_images_ask_for_nothing() -> None:
    given = answers(np.random.default_rng(0), 2)
    boxes = [[[0, 0, 1, 1], [0, 0, 0, 0]], [[0, 0, 0, 0]] * 2]
    found = assign(given, boxes, [[1, -1], [-1, -1]])
    assert found["positive"].sum(axis=1).tolist() == [3, 0]
    assert found["quality"][1].max() == 0
    assert set(found["labels"][0][found["positive"][0] > 0]) == {1}
    assert not found["labels"][0][found["positive"][0] == 0].any()


def test_random_sets_against_plain_loops() -> None:
    rng = np.random.default_rng(3)
    images, most = 60, 5
    given = answers(rng, images)
    corners = np.sort(rng.uniform(0, 1, (images, most, 2, 2)), axis=2)
    boxes = corners.reshape(images, most, 4).astype(np.float32)
    labels = rng.integers(-1, 3, (images, most))
    found = assign(given, boxes.tolist(), labels.tolist())
    for image in range(images):
        expected = by_loops(
            {name: v[image] for name, v in given.items()}, boxes[image], labels[image]
        )
        chosen = np.flatnonzero(found["positive"][image])
        assert chosen.tolist() == sorted(expected)
        for candidate, (target, quality) in expected.items():
            np.testing.assert_allclose(found["boxes"][image, candidate], boxes[image, target])
            assert found["labels"][image, candidate] == labels[image, target]
            assert found["quality"][image, candidate] == pytest.approx(quality, rel=1e-3, abs=1e-6)


def by_loops(
    given: dict[str, np.ndarray], boxes: np.ndarray, labels: np.ndarray
) -> dict[int, tuple[int, float]]:
    """The oracle for one image: candidate → its target and quality."""
    odds = np.exp(given["class_logits"].astype(np.float64))
    scores = odds / odds.sum(-1, keepdims=True) / (1 + np.exp(-given["objectness"]))[:, None]
    wants: dict[int, dict[int, float]] = {}
    alignments, overlaps = {}, {}
    for target in np.flatnonzero(labels >= 0):
        x1, y1, x2, y2 = boxes[target]
        center = (boxes[target, :2] + boxes[target, 2:]) / 2
        inside = [k for k, (x, y) in enumerate(POINTS) if x1 < x < x2 and y1 < y < y2]
        inside.append(int(np.argmin(np.sum((POINTS - center) ** 2, -1))))
        for candidate in set(inside):
            overlap = float(geometry.iou(boxes[target], given["boxes"][candidate]))
            overlaps[target, candidate] = overlap
            score = scores[candidate, labels[target]]
            alignments[target, candidate] = float(score**0.5 * overlap**4)
        best = sorted(set(inside), key=lambda k: -alignments[target, k])[:3]
        for candidate in best:
            wants.setdefault(candidate, {})[target] = overlaps[target, candidate]
    mine = {candidate: max(asked, key=lambda t: asked[t]) for candidate, asked in wants.items()}
    answer = {}
    for candidate, target in mine.items():
        team = [k for k, t in mine.items() if t == target]
        top = max(alignments[target, k] for k in team)
        reach = max(overlaps[target, k] for k in team)
        quality = alignments[target, candidate] / top * reach if top else 0.0
        answer[candidate] = (target, quality)
    return answer
