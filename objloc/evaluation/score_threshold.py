"""The one score threshold of a model, chosen on validation."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.matching import Matches, match


def choose_score_threshold(detections: Sequence[Detections], truths: Sequence[Truth]) -> float:
    """The threshold in 0..1 with the best answers.

    The best: with the highest localization accuracy where images hold one object at most, or the
    model answers with one detection at most. Where both are several, few images or none are right
    altogether, so that their share says little; there it is the highest F1 of the objects, as
    `evaluate` reports it.

    Exact: both change only at the scores that occur, and every interval between two of them is
    tried. Of equally good intervals the widest is taken, and of that the middle, as far as can be
    from the scores on either side.
    """
    matches = match(detections, truths)
    objects = np.bincount(matches.object_image, minlength=len(truths))
    answers = np.bincount(matches.detection_image, minlength=len(truths))
    if objects.max(initial=0) > 1 and answers.max(initial=0) > 1:
        bounds, value = _f1(matches)
    else:
        bounds, value = _localized_images(matches, len(truths))
    best = value == value.max()
    # Join neighbouring best intervals, so that a score between them does not cut the gap in two.
    change = np.flatnonzero(np.diff(np.concatenate([[False], best, [False]]).astype(np.int8)))
    low, high = bounds[change[0::2]], bounds[change[1::2]]
    widest = int(np.argmax(high - low))
    middle = float((low[widest] + high[widest]) / 2)
    # Scores are compared in float32, where there may be nothing between two of them.
    return middle if np.float32(middle) > low[widest] else float(high[widest])


def _localized_images(
    matches: Matches, images: int
) -> tuple[Float64[np.ndarray, " b"], Float64[np.ndarray, " v"]]:
    """Bounds, and the number of right images for thresholds in each (bounds[i], bounds[i + 1]]."""
    objects = np.bincount(matches.object_image, minlength=images)
    # An image is right while exactly its objects' detections are kept: with k kept, no extra one
    # among them and every object found with its class. Keeping k means lower < threshold <= upper.
    edges: dict[float, int] = {0.0: 0, 1.0: 0}
    right = matches.right()
    wrong = ~matches.detection_aside & ~right
    counts = np.bincount(matches.detection_image, minlength=images)
    starts = np.cumsum(counts) - counts
    for image in range(images):
        mine = slice(starts[image], starts[image] + counts[image])
        scores = np.clip(matches.detection_score[mine], 0.0, 1.0)
        hits = np.concatenate([[0], np.cumsum(right[mine])])
        extras = np.concatenate([[0], np.cumsum(wrong[mine])])
        upper = np.concatenate([[1.0], scores])
        lower = np.concatenate([scores, [0.0]])
        good = (hits == objects[image]) & (extras == 0) & (lower < upper)
        for low, high in zip(lower[good], upper[good], strict=True):
            edges[float(low)] = edges.get(float(low), 0) + 1
            edges[float(high)] = edges.get(float(high), 0) - 1
    bounds = np.array(sorted(edges))
    return bounds, np.cumsum([edges[float(bound)] for bound in bounds])[:-1].astype(np.float64)


def _f1(matches: Matches) -> tuple[Float64[np.ndarray, " b"], Float64[np.ndarray, " v"]]:
    """Bounds, and the F1 of the objects for thresholds in each (bounds[i], bounds[i + 1]].

    Whether a detection is right or set aside depends on higher-scored ones alone, so one matching
    of all detections says it for every threshold.
    """
    counts = ~matches.detection_aside
    scores = np.clip(matches.detection_score, 0.0, 1.0)
    bounds = np.unique(np.concatenate([[0.0, 1.0], scores[counts]]))
    # A threshold in (bounds[i], bounds[i + 1]] keeps the scores from bounds[i + 1] on.
    place = np.searchsorted(bounds, scores)
    right = np.bincount(place[matches.right()], minlength=len(bounds))
    kept = np.bincount(place[counts], minlength=len(bounds))
    right, kept = (np.cumsum(one[::-1])[::-1][1:] for one in (right, kept))
    return bounds, 2 * right / (len(matches.object_label) + kept)
