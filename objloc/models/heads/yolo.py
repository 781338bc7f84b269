"""The anchor-free detector in YOLO's manner: every cell of several feature maps is a candidate."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.models.assignment import Assignment
from objloc.models.cells import (
    CellLevel,
    boxes_around,
    cell_centers,
    presence_layer,
)
from objloc.models.distributions import expectation
from objloc.models.heads.head import Head
from objloc.models.layers import ConvBlock, PathAggregation
from objloc.models.side_distances import SideDistances
from objloc.models.task_alignment import assign_aligned

SIZE_PRIOR = 0.5
"""How fast the distribution of a side falls from bin to bin before training: boxes begin about
three cells wide, not as large as the picture."""


@keras.saving.register_keras_serializable("objloc")
class Yolo(SideDistances, Head):
    """One candidate per cell of each level: objectness, class, distances to the box's four sides.

    Small objects are answered for by fine levels, large ones by coarse levels; which cell answers
    is decided by what it says already: task-aligned assignment (Feng et al. 2021, "TOOD"). Box and
    class have branches of their own (Ge et al. 2021, "YOLOX", section 2.1), behind a pyramid with
    paths in both directions (Liu et al. 2018, "Path Aggregation Network"). A distance is the mean
    of a distribution over 0, 1, 2, … cells of the level (Li et al. 2020, "Generalized Focal Loss").

    Args:
        num_classes: C.
        strides: pixels between the cells of each level; the backbone must have these maps.
        width: channels of the pyramid and of the branches.
        bins: lengths, a cell apart, that a side's distribution is over.
        top_candidates: candidates that answer for a target.
        score_power: how much the score counts in who answers: TOOD's alpha.
        overlap_power: how much the overlap counts: TOOD's beta.
        distribution_weight: weight of the distribution focal loss beside the box loss.
    """

    def __init__(
        self,
        num_classes: int,
        strides: Sequence[int] = (8, 16, 32),
        width: int = 48,
        bins: int = 16,
        top_candidates: int = 9,
        score_power: float = 0.5,
        overlap_power: float = 4.0,
        distribution_weight: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        self.strides = tuple(sorted(strides))
        self.width = width
        self.bins = bins
        self.top_candidates = top_candidates
        self.score_power = score_power
        self.overlap_power = overlap_power
        self.distribution_weight = distribution_weight

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        policy = {"dtype": self.dtype_policy}
        self.pyramid = PathAggregation(self.strides, self.width, name="pyramid", **policy)
        self.pyramid.build(input_shape)
        self.levels = []
        points, lengths = [], []
        for stride, shape in self.pyramid.compute_output_shape(input_shape).items():
            self.levels.append(_Level(self.num_classes, self.width, self.bins, stride, policy))
            self.levels[-1].build(shape)
            _, rows, columns, _ = shape
            points.append(cell_centers(rows, columns))
            longest = [(self.bins - 1) / columns, (self.bins - 1) / rows] * 2
            lengths.append(np.tile(np.array(longest, "float32"), (rows * columns, 1)))
        self.points = np.concatenate(points)  # (K, 2)
        self.lengths = np.concatenate(lengths)  # (K, 4): the last bin's length, normalised

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to candidates; adds ``side_log_probabilities`` (B, K, 4, bins)."""
        maps = self.pyramid(features, training=training)
        parts = [
            level(x, training=training) for level, x in zip(self.levels, maps.values(), strict=True)
        ]
        sides, classes, presence = (
            ops.concatenate(part, axis=1) for part in zip(*parts, strict=True)
        )
        log_probabilities = ops.log_softmax(sides, axis=-1)  # (B, K, 4, bins)
        distances = expectation(log_probabilities) * self.lengths  # (B, K, 4)
        return {
            "boxes": boxes_around(self.points, distances),
            "class_logits": classes,
            "objectness": presence[..., 0],
            "side_log_probabilities": log_probabilities,
        }

    @property
    def cell_levels(self) -> tuple[CellLevel, ...]:
        """The grids, from the finest to the coarsest."""
        return tuple(CellLevel(level.rows, level.columns) for level in self.levels)

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Task-aligned assignment."""
        return assign_aligned(
            outputs,
            boxes,
            labels,
            self.points,
            top_candidates=self.top_candidates,
            score_power=self.score_power,
            overlap_power=self.overlap_power,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "strides": list(self.strides),
            "width": self.width,
            "bins": self.bins,
            "top_candidates": self.top_candidates,
            "score_power": self.score_power,
            "overlap_power": self.overlap_power,
            "distribution_weight": self.distribution_weight,
        }


class _Level(keras.layers.Layer):
    """What reads one map of the pyramid: (B, H, W, width) to H·W candidates."""

    def __init__(
        self, num_classes: int, width: int, bins: int, stride: str, policy: Mapping[str, Any]
    ) -> None:
        super().__init__(name=f"level_{stride}", **policy)
        self.bins = bins
        self.box_branch = ConvBlock(width, name="box_branch", **policy)
        self.class_branch = ConvBlock(width, name="class_branch", **policy)
        # Float32: coordinates in bfloat16 would be a pixel off.
        prior = np.tile(-SIZE_PRIOR * np.arange(bins), 4)
        self.sides = keras.layers.Conv2D(
            4 * bins,
            1,
            bias_initializer=lambda shape, dtype=None: ops.convert_to_tensor(prior, dtype),
            dtype="float32",
            name="sides",
        )
        self.classes = keras.layers.Conv2D(num_classes, 1, dtype="float32", name="classes")
        self.presence = presence_layer("presence")

    def build(self, input_shape: tuple[Any, ...]) -> None:
        for layer in (
            self.box_branch,
            self.class_branch,
            self.sides,
            self.classes,
            self.presence,
        ):
            layer.build(input_shape)
        _, self.rows, self.columns, _ = input_shape
        self.cells = self.rows * self.columns

    def call(self, x: Any, training: bool | None = None) -> tuple[Any, Any, Any]:
        """Side logits (B, cells, 4, bins), class logits (B, cells, C), objectness (B, cells, 1)."""
        box_features = self.box_branch(x, training=training)
        class_features = self.class_branch(x, training=training)
        classes = self.classes(class_features)
        return (
            ops.reshape(self.sides(box_features), (-1, self.cells, 4, self.bins)),
            ops.reshape(classes, (-1, self.cells, classes.shape[-1])),
            ops.reshape(self.presence(class_features), (-1, self.cells, 1)),
        )
