"""What stays the same while a learning is recorded: what was looked at, and how it is named."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8


@dataclass(frozen=True)
class LearningSetting:
    """The fixed part of a record.

    Attributes:
        class_names: a label is an index into them.
        score_threshold: from this score on, a detection counted during training.
        epochs: how many the training was to have.
        steps_per_epoch: steps in each of them.
        loss: name of the box loss.
        parts: P names of the loss's parts (`box`).
        weights: what each counts in the sum that training minimises; 1 for those of the head, which
            are weighted already.
        layers: L names of layers with weights, from the pixels to the answer.
        layer_sizes: numbers in each layer.
        on_backbone: does a layer belong to the backbone, which all parts share?
        val_pictures: validation pictures that losses and IoUs are of.
        train_pictures: training pictures that gradients are of.
        pictures: F pictures of the film, RGB, as the model is fed them.
        truth_picture: which of them an object is in.
        truth_boxes: xyxy in pixels of `pictures`.
        truth_labels: its class.
    """

    class_names: tuple[str, ...]
    score_threshold: float
    epochs: int
    steps_per_epoch: int
    loss: str
    parts: tuple[str, ...]
    weights: Float64[np.ndarray, " parts"]
    layers: tuple[str, ...]
    layer_sizes: Int64[np.ndarray, " layers"]
    on_backbone: Bool[np.ndarray, " layers"]
    val_pictures: int
    train_pictures: int
    pictures: UInt8[np.ndarray, "f s s 3"]
    truth_picture: Int64[np.ndarray, " n"]
    truth_boxes: Float32[np.ndarray, "n 4"]
    truth_labels: Int64[np.ndarray, " n"]
