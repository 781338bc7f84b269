"""A record of a learning that never took place, so that every number in it is known."""

import numpy as np

from objloc.insight.learning.epoch_measures import EpochMeasures
from objloc.insight.learning.frame import Frame
from objloc.insight.learning.setting import LearningSetting
from objloc.insight.learning.stored import Learning

SIDE = 64
STEPS = (0, 1, 2, 4, 8, 10, 20, 30)
TRUTH = np.array([[8, 8, 24, 40], [30, 20, 60, 50]], np.float32)


def setting() -> LearningSetting:
    """Two parts, three layers; two pictures with an object each, one without."""
    return LearningSetting(
        class_names=("cat", "dog"),
        score_threshold=0.5,
        epochs=3,
        steps_per_epoch=10,
        loss="bce",
        parts=("box", "class"),
        weights=np.array([5.0, 1.0]),
        layers=("first", "second", "head/answer"),
        layer_sizes=np.array([30, 60, 12]),
        on_backbone=np.array([True, True, False]),
        val_pictures=40,
        train_pictures=8,
        pictures=np.full((3, SIDE, SIDE, 3), 90, np.uint8),
        truth_picture=np.array([0, 1]),
        truth_boxes=TRUTH,
        truth_labels=np.array([0, 1]),
    )


def measures(epoch: int, **changes: object) -> EpochMeasures:
    """The box loss falls to its floor; its gradient is 4, and that of the class 3, at a right angle
    in the first layer and none elsewhere."""
    products = np.zeros((3, 2, 2))
    products[0] = [[16.0, 0.0], [0.0, 9.0]]
    found: dict[str, object] = {
        "epoch": epoch,
        "train_losses": np.array([0.49 + 0.2 / 4**epoch, 1 / 4**epoch]),
        "train_floors": np.array([0.49, 0.0]),
        "val_losses": np.array([0.49 + 0.2 / 4**epoch, 1 / 4**epoch]),
        "val_floors": np.array([0.49, 0.0]),
        "products": products,
        "update_ratios": np.array([1e-3, 2e-3, 1e-3]) if epoch else np.full(3, np.nan),
        "ious": np.clip(np.linspace(-0.1, 0.1, 40) + 0.3 * epoch, 0, 1),
    }
    return EpochMeasures(**{**found, **changes})


def frame(step: int) -> Frame:
    """The boxes come nearer to the truth; the model becomes sure in the end."""
    share = step / STEPS[-1]
    boxes = TRUTH * share + np.array([2, 2, 10, 10], np.float32) * (1 - share)
    return Frame(
        step=step,
        picture=np.array([0, 1]),
        boxes=boxes.astype(np.float32),
        labels=np.array([0, 1]),
        scores=np.array([share, share], np.float32),
        ious=np.array([share, share, np.nan]),
    )


def learning() -> Learning:
    """Three epochs and the moments between."""
    return Learning(
        setting(), tuple(measures(epoch) for epoch in range(4)), tuple(frame(s) for s in STEPS)
    )
