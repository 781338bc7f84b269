"""What a model in training said of the film's pictures at one moment."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64


@dataclass(frozen=True)
class Frame:
    """One moment of the film.

    Attributes:
        step: training steps done.
        picture: which of the film's pictures each of D detections is of.
        boxes: xyxy in pixels of the picture as the model is fed it, best score first.
        labels: index into the class names.
        scores: in 0..1.
        ious: for each of F pictures the mean over its objects of the IoU with the detection that
            answers for it, at whatever score; NaN where there is no object.
    """

    step: int
    picture: Int64[np.ndarray, " d"]
    boxes: Float32[np.ndarray, "d 4"]
    labels: Int64[np.ndarray, " d"]
    scores: Float32[np.ndarray, " d"]
    ious: Float64[np.ndarray, " f"]
