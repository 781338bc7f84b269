"""Running a predictor over the batches of a split."""

from collections.abc import Iterable

from objloc.data import EvalBatch, Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.predictor import Predictor


def predict_batches(
    predictor: Predictor, batches: Iterable[EvalBatch]
) -> tuple[list[Detections], list[Truth]]:
    """Detections and truths of every image of the batches, in order.

    Short batches are filled up to the predictor's batch size, so that the model is compiled for
    one shape. A second shape would make TensorFlow compile it anew for any, whose sums differ in
    the last digits: what a model says of a split would depend on what it was asked before.
    """
    detections: list[Detections] = []
    truths: list[Truth] = []
    fill_to = predictor.batch_size
    for batch in batches:
        transforms = [truth.transform for truth in batch.truths]
        sizes = [truth.size for truth in batch.truths]
        detections += predictor.predict_batch(batch.images, transforms, sizes, fill_to)
        truths += batch.truths
    return detections, truths
