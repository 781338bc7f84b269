"""How far a model's answers about changed pictures are still the answer that is explained."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float, Float32, UInt8

from objloc import boxes as geometry
from objloc.data.resize import Resize
from objloc.evaluation import Detections, Predictor
from objloc.insight.subject import Subject


@dataclass(frozen=True)
class Agreement:
    """Of each of N changed pictures.

    Attributes:
        iou: of the explained box with that detection, of any class, that has the largest
            score × IoU: where the model now sees the object.
        score: of the detection of the explained class with the largest score × IoU; 0 where none
            touches the box.
        support: that detection's score × IoU: 1 where the answer is as before and sure, 0 where
            nothing of it is left.
    """

    iou: Float32[np.ndarray, " n"]
    score: Float32[np.ndarray, " n"]
    support: Float32[np.ndarray, " n"]


def ask(
    predictor: Predictor,
    images: Iterable[Float[np.ndarray, "s s 3"] | UInt8[np.ndarray, "s s 3"]],
    subject: Subject,
) -> Agreement:
    """The model's agreement about changed pictures, asked in the predictor's batches.

    Args:
        predictor: the model.
        images: of the size that the model is fed, 0..255; they may be made one by one.
        subject: the answer that is explained.
    """
    rows = [
        _one(detections, subject)
        for batch in _batches(images, predictor.batch_size)
        for detections in _answers(predictor, batch)
    ]
    iou, score, support = np.array(rows, np.float32).reshape(-1, 3).T.copy()
    return Agreement(iou, score, support)


def _batches(
    images: Iterable[Float[np.ndarray, "s s 3"] | UInt8[np.ndarray, "s s 3"]], size: int
) -> Iterator[UInt8[np.ndarray, "n s s 3"]]:
    iterator = iter(images)
    while batch := list(islice(iterator, size)):
        yield np.stack([np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in batch])


def _answers(predictor: Predictor, images: UInt8[np.ndarray, "n s s 3"]) -> list[Detections]:
    count, side = images.shape[:2]
    # One shape, compiled once.
    return predictor.predict_batch(
        images, [Resize()] * count, [(side, side)] * count, fill_to=predictor.batch_size
    )


def _one(found: Detections, subject: Subject) -> tuple[float, float, float]:
    """IoU, score and support."""
    if not len(found):
        return 0.0, 0.0, 0.0
    side = float(subject.image.shape[0])
    # Detections are cut to the picture.
    overlap = geometry.iou(found.boxes, geometry.clip(subject.box, side, side))  # (D,)
    support = found.scores * overlap
    iou = float(overlap[np.argmax(support)])
    same = np.where(found.labels == subject.label, support, 0)
    best = int(np.argmax(same))
    score = float(found.scores[best]) if same[best] > 0 else 0.0
    return iou, score, float(same[best])
