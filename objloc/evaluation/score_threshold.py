"""The one score threshold of a model, chosen on validation."""

from collections.abc import Sequence

import numpy as np

from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.matching import match


def choose_score_threshold(detections: Sequence[Detections], truths: Sequence[Truth]) -> float:
    """The threshold in 0..1 with the best localization accuracy.

    Exact: accuracy changes only at the scores that occur, and every interval between two of them is
    tried. Of equally good intervals the widest is taken, and of that the middle, as far as can be
    from the scores on either side.
    """
    matches = match(detections, truths)
    images = len(truths)
    objects = np.bincount(matches.object_image, minlength=images)
    # An image is right while exactly its objects' detections are kept: with k kept, no extra one
    # among them and every object found with its class. Keeping k means lower < threshold <= upper.
    edges: dict[float, int] = {0.0: 0, 1.0: 0}
    found = matches.detection_object >= 0
    label_right = np.zeros(len(found), np.bool_)
    label_right[found] = (
        matches.object_label[matches.detection_object[found]] == matches.detection_label[found]
    )
    wrong = ~matches.detection_aside & ~label_right
    counts = np.bincount(matches.detection_image, minlength=images)
    starts = np.cumsum(counts) - counts
    for image in range(images):
        mine = slice(starts[image], starts[image] + counts[image])
        scores = np.clip(matches.detection_score[mine], 0.0, 1.0)
        hits = np.concatenate([[0], np.cumsum(label_right[mine])])
        extras = np.concatenate([[0], np.cumsum(wrong[mine])])
        upper = np.concatenate([[1.0], scores])
        lower = np.concatenate([scores, [0.0]])
        right = (hits == objects[image]) & (extras == 0) & (lower < upper)
        for low, high in zip(lower[right], upper[right], strict=True):
            edges[float(low)] = edges.get(float(low), 0) + 1
            edges[float(high)] = edges.get(float(high), 0) - 1
    bounds = np.array(sorted(edges))
    right_between = np.cumsum([edges[float(bound)] for bound in bounds])[:-1]  # on (b[i], b[i+1]]
    best = right_between == right_between.max()
    # Join neighbouring best intervals, so that a score between them does not cut the gap in two.
    change = np.flatnonzero(np.diff(np.concatenate([[False], best, [False]]).astype(np.int8)))
    low, high = bounds[change[0::2]], bounds[change[1::2]]
    widest = int(np.argmax(high - low))
    return float((low[widest] + high[widest]) / 2)
