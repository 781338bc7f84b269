"""Pictures in, detections in the pictures' own pixels out, whatever runs the model."""

import time
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from objloc import boxes as box_geometry
from objloc.data.resize import Resize, resize
from objloc.decoding import decode
from objloc.evaluation.detections import Detections
from objloc.evaluation.engine import Engine


class Predictor:
    """Asks a model and decodes its answers; whoever needs detections goes through here.

    Where the model's decoding says ``in_graph=False``, NumPy decodes what the engine put out.

    Args:
        engine: what runs the model.
        batch_size: how many pictures `predict_images` feeds at once.

    Example:
        >>> [found] = Predictor(KerasEngine(localizer)).predict_images([picture])
        >>> found.over(localizer.score_threshold).boxes
    """

    def __init__(self, engine: Engine, batch_size: int = 32) -> None:
        self.engine = engine
        self.batch_size = batch_size
        self._seen_sizes: set[int] = set()
        self._seconds = 0.0
        self._images = 0

    @property
    def images_per_second(self) -> float:
        """Images a second so far: the compiled call, and decoding where that is outside of it.

        Calls that compiled are left out.
        """
        return self._images / self._seconds if self._images else float("nan")

    def predict_images(self, images: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Detections]:
        """Detections, at every score, of pictures of any size: RGB, uint8 (H, W, 3)."""
        card = self.engine.card
        answers: list[Detections] = []
        for start in range(0, len(images), self.batch_size):
            part = images[start : start + self.batch_size]
            resized = [resize(one, card.image_size, card.resize_mode) for one in part]
            batch = np.stack([pixels for pixels, _ in resized])
            sizes = [(one.shape[0], one.shape[1]) for one in part]
            answers += self.predict_batch(batch, [transform for _, transform in resized], sizes)
        return answers

    def predict_batch(
        self,
        images: UInt8[np.ndarray, "b s s 3"],
        transforms: Sequence[Resize],
        sizes: Sequence[tuple[int, int]],
        fill_to: int = 0,
    ) -> list[Detections]:
        """Detections, at every score, of pictures that have the model's size already.

        Args:
            images: RGB, resized.
            transforms: how each was resized.
            sizes: each picture's original height and width.
            fill_to: fill a smaller batch up with black pictures: one shape, compiled once.
        """
        count = len(images)
        if count < fill_to:
            black = np.zeros((fill_to - count, *images.shape[1:]), images.dtype)
            images = np.concatenate([images, black])
        started = time.perf_counter()
        outputs = self.engine(images)
        card = self.engine.card
        if not card.decoding.in_graph:
            outputs = decode(outputs, card.decoding)
        if len(images) in self._seen_sizes:
            self._seconds += time.perf_counter() - started
            self._images += count
        self._seen_sizes.add(len(images))
        boxes = np.asarray(outputs["boxes"], np.float32)[:count] * card.image_size
        labels = np.asarray(outputs["labels"], np.int32)[:count]
        scores = np.asarray(outputs["scores"], np.float32)[:count]
        return [
            _to_original(boxes[i], labels[i], scores[i], transforms[i], sizes[i])
            for i in range(count)
        ]

    def milliseconds(
        self, calls: int = 50, picture: UInt8[np.ndarray, "s s 3"] | None = None
    ) -> float:
        """How long one picture alone takes the engine: the median of so many calls.

        Args:
            calls: how many are timed.
            picture: of the model's size; a black one if None.
        """
        side = self.engine.card.image_size
        images = np.zeros((1, side, side, 3), np.uint8) if picture is None else picture[None]
        seconds = []
        for _ in range(calls + 3):  # the first compile the graph and warm caches up
            started = time.perf_counter()
            self.engine(images)
            seconds.append(time.perf_counter() - started)
        return float(1000 * np.median(seconds[3:]))


def _to_original(
    boxes: Float32[np.ndarray, "d 4"],
    labels: Int32[np.ndarray, " d"],
    scores: Float32[np.ndarray, " d"],
    transform: Resize,
    size: tuple[int, int],
) -> Detections:
    """One image's decoded answer in its original pixels, cut to the picture, without padding.

    An answer that is not a number (a model that diverged) is no detection.
    """
    real = (labels >= 0) & np.isfinite(scores) & np.isfinite(boxes).all(axis=1)
    height, width = size
    original = box_geometry.clip(transform.undo(boxes[real]), float(width), float(height))
    # A head that knows not where may put the left side right of the right one: an empty box.
    original[:, 2:] = np.maximum(original[:, 2:], original[:, :2])
    return Detections(original.astype(np.float32), labels[real], scores[real])
