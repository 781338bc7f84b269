"""The confusion matrix and the classes' rows, by hand."""

import numpy as np
import pytest

from objloc.evaluation import match
from objloc.evaluation.confusion import class_details, confusion_matrix
from tests.evaluation.random_sets import detections, random_set, truth

BOX, FAR, REGION = [10, 10, 50, 50], [60, 60, 90, 90], [0, 60, 40, 100]


def test_by_hand() -> None:
    """Cats and dogs: found, misnamed, found too inexactly, imagined, missed, in an ignored box."""
    found = [
        detections([BOX, FAR], [0.9, 0.8], [0, 0]),  # a cat; a dog called cat
        detections([[10, 10, 50, 25], FAR], [0.9, 0.8], [0, 1]),  # IoU .375; imagined
        detections([[0, 60, 40, 100]], [0.9], [1]),
    ]
    truths = [
        truth([BOX, FAR], [0, 1]),
        truth([BOX], [0]),
        truth([BOX, REGION], [1, 1], [False, True]),
    ]
    matrix = confusion_matrix(match(found, truths), ("cat", "dog"))
    assert matrix.rows == ("cat", "dog", "background")
    assert matrix.columns == ("cat", "dog", "missed")
    assert matrix.counts.tolist() == [[1, 0, 1], [1, 0, 1], [1, 1, 0]]
    cat, dog = class_details(matrix, np.array([0.3, 0.4]), np.array([0.5, 0.6]))
    assert (cat.objects, cat.detections, dog.objects, dog.detections) == (2, 3, 2, 1)
    assert (cat.precision, cat.recall) == (pytest.approx(1 / 3), 1 / 2)
    assert cat.f1 == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert (dog.precision, dog.recall, dog.f1) == (0, 0, 0)
    assert (cat.name, cat.ap50, dog.mean_iou) == ("cat", 0.3, 0.6)


def test_sums() -> None:
    """Rows sum to the objects of a class, columns to its detections that count."""
    found, truths = random_set(np.random.default_rng(0), 100, 6, 9, 3, 0.2)
    matches = match(found, truths)
    counts = confusion_matrix(matches, ("a", "b", "c")).counts
    labels = np.concatenate([image.labels[~image.ignore] for image in truths])
    assert counts[:-1].sum(axis=1).tolist() == np.bincount(labels).tolist()
    counted = matches.detection_label[~matches.detection_aside]
    assert counts[:, :-1].sum(axis=0).tolist() == np.bincount(counted).tolist()
    assert counts[-1, -1] == 0


def test_class_without_objects_is_nan() -> None:
    matrix = confusion_matrix(match([detections([], [])], [truth([])]), ("cat",))
    [cat] = class_details(matrix, np.array([np.nan]), np.array([np.nan]))
    assert np.isnan([cat.precision, cat.recall, cat.f1]).all()
