"""What a model says about one image, in that image's own pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32


@dataclass(frozen=True)
class Detections:
    """The detections of one image, best score first, without padding.

    Attributes:
        boxes: float32 (D, 4) xyxy, pixels of the original image.
        labels: int32 (D,) class indices.
        scores: float32 (D,), 0..1, falling.
    """

    boxes: Float32[np.ndarray, "d 4"]
    labels: Int32[np.ndarray, " d"]
    scores: Float32[np.ndarray, " d"]

    def __len__(self) -> int:
        """The number of detections."""
        return len(self.scores)

    def over(self, score_threshold: float) -> "Detections":
        """The detections whose score reaches the threshold."""
        kept = self.scores >= score_threshold
        return Detections(self.boxes[kept], self.labels[kept], self.scores[kept])

    @staticmethod
    def none() -> "Detections":
        """The answer "nothing here"."""
        return Detections(
            np.zeros((0, 4), np.float32), np.zeros(0, np.int32), np.zeros(0, np.float32)
        )
