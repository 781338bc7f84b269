"""Running a predictor over the batches of a split."""

from collections.abc import Iterable

from objloc.data import EvalBatch, Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.predictor import Predictor


def predict_batches(
    predictor: Predictor, batches: Iterable[EvalBatch]
) -> tuple[list[Detections], list[Truth]]:
    """Detections and truths of every image of the batches, in order.

    A last batch that is shorter than the first is filled up, so that the model is traced once.
    """
    detections: list[Detections] = []
    truths: list[Truth] = []
    full = 0
    for batch in batches:
        full = max(full, len(batch.images))
        transforms = [truth.transform for truth in batch.truths]
        sizes = [truth.size for truth in batch.truths]
        detections += predictor.predict_batch(batch.images, transforms, sizes, fill_to=full)
        truths += batch.truths
    return detections, truths
