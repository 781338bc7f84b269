"""Truths and detections made by dice, for the tests of evaluation."""

import numpy as np

from objloc.data.resize import Resize
from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections


def truth(
    boxes: object,
    labels: object = None,
    ignore: object = None,
    size: tuple[int, int] = (100, 100),
    image_id: int = 0,
) -> Truth:
    """A truth of the given boxes (xyxy, pixels), of class 0 unless said otherwise."""
    array = np.asarray(boxes, np.float32).reshape(-1, 4)
    count = len(array)
    sides = array[:, 2:] - array[:, :2]
    return Truth(
        image_id=image_id,
        size=size,
        boxes=array,
        labels=np.zeros(count, np.int32) if labels is None else np.asarray(labels, np.int32),
        ignore=np.zeros(count, np.bool_) if ignore is None else np.asarray(ignore, np.bool_),
        area=sides[:, 0] * sides[:, 1],
        transform=Resize(),
    )


def detections(boxes: object, scores: object, labels: object = None) -> Detections:
    """Detections of the given boxes (xyxy, pixels), of class 0 unless said otherwise."""
    array = np.asarray(boxes, np.float32).reshape(-1, 4)
    given = np.zeros(len(array)) if labels is None else labels
    return Detections(array, np.asarray(given, np.int32), np.asarray(scores, np.float32))


def random_set(
    rng: np.random.Generator,
    images: int,
    most_objects: int,
    most_detections: int,
    classes: int = 3,
    ignored: float = 0.0,
) -> tuple[list[Detections], list[Truth]]:
    """Images with 0 to `most_objects` objects, and detections of which many lie near an object."""
    found, truths = [], []
    for image_id in range(images):
        boxes = random_boxes(rng, int(rng.integers(most_objects + 1)))
        labels = rng.integers(classes, size=len(boxes))
        answers = random_boxes(rng, int(rng.integers(most_detections + 1)))
        names = rng.integers(classes, size=len(answers))
        near = rng.random(len(answers)) < 0.7
        if len(boxes):
            which = rng.integers(len(boxes), size=len(answers))
            moved = boxes[which] + rng.normal(0, 4, (len(answers), 4)).astype(np.float32)
            answers[near] = np.sort(moved.reshape(-1, 2, 2), axis=1).reshape(-1, 4)[near]
            names = np.where(near & (rng.random(len(answers)) < 0.8), labels[which], names)
        # Scores on a coarse grid, so that ties occur, within an image as between images.
        scores = np.sort(rng.integers(1, 40, len(answers)) / 40)[::-1]
        truths.append(truth(boxes, labels, rng.random(len(boxes)) < ignored, image_id=image_id))
        found.append(detections(answers, scores, names))
    return found, truths


def random_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Boxes (count, 4) of 10 to 60 pixels a side in a picture of 100 by 100."""
    corner = rng.uniform(0, 40, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(10, 60, (count, 2))], axis=1).astype(
        np.float32
    )
