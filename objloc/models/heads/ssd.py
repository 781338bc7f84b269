"""Default boxes at several strides, in the manner of SSD."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from objloc import boxes as geometry
from objloc.errors import ConfigError
from objloc.models.anchor_matching import assign_iou, mine_negatives
from objloc.models.anchors import cluster_sizes, decode, encode, scaled_sizes, tile
from objloc.models.assignment import Assignment
from objloc.models.cells import CellLevel, presence_layer
from objloc.models.heads.head import Head
from objloc.models.layers import ConvBlock, PathAggregation

Anchors = Literal["scales", "kmeans"]


@keras.saving.register_keras_serializable("objloc")
class SSD(Head):
    """One candidate per anchor: objectness, class, and the box as offsets from the anchor.

    Liu et al. 2016, "SSD: Single Shot MultiBox Detector": anchors ("default boxes") of several
    sizes and shapes stand on every cell of several feature maps, answer for the targets that they
    overlap, and learn from the negatives that look most like objects. Other than there, a top-down
    and a bottom-up path join the maps, and objectness and class are apart, as in all heads here.

    Args:
        num_classes: C.
        strides: of the feature maps that anchors stand on; those that the backbone lacks are left
            out.
        width: channels of the joined maps and of the branches.
        anchors: ``scales`` makes them from ``anchor_scale``, ``scales_per_octave`` and
            ``aspect_ratios``; ``kmeans`` fits them to the training boxes (``adapt``).
        anchor_scale: side of a stride's smallest square anchor, in strides.
        scales_per_octave: sizes from there to twice as large, where the next stride's begin.
        aspect_ratios: widths over heights of the anchors of one size and area.
        anchors_per_stride: how many ``kmeans`` fits for each of ``strides``; the smallest go to
            the finest.
        positive_iou: an anchor answers for the target that it overlaps most from this IoU on.
        negative_iou: an anchor below is to say that there is nothing; between, it may say anything.
        negatives_per_positive: so many negatives, the surest of an object, count for each anchor
            that answers; None: all count, as the focal loss wants it.
        offset_weight: weight of the smooth L1 loss of the offsets beside the box loss.
        fitted_sizes: widths and heights, 0..1, that ``kmeans`` found; kept in a saved model.
    """

    def __init__(
        self,
        num_classes: int,
        strides: Sequence[int] = (8, 16, 32),
        width: int = 48,
        anchors: Anchors = "scales",
        anchor_scale: float = 2.0,
        scales_per_octave: int = 2,
        aspect_ratios: Sequence[float] = (0.5, 1.0, 2.0),
        anchors_per_stride: int = 6,
        positive_iou: float = 0.5,
        negative_iou: float = 0.5,
        negatives_per_positive: float | None = 3.0,
        offset_weight: float = 1.0,
        fitted_sizes: Sequence[Sequence[float]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        if anchors not in ("scales", "kmeans"):
            raise ConfigError(f"head.anchors={anchors}: it is scales or kmeans")
        if not strides or not aspect_ratios or min(aspect_ratios) <= 0:
            raise ConfigError("head: strides and aspect_ratios need one each at least, all above 0")
        if negative_iou > positive_iou:
            raise ConfigError(
                f"head.negative_iou={negative_iou} lies above head.positive_iou={positive_iou}: "
                "an anchor between them would be both"
            )
        self.strides = tuple(sorted(strides))
        self.width = width
        self.anchors = anchors
        self.anchor_scale = anchor_scale
        self.scales_per_octave = scales_per_octave
        self.aspect_ratios = tuple(aspect_ratios)
        self.anchors_per_stride = anchors_per_stride
        self.positive_iou = positive_iou
        self.negative_iou = negative_iou
        self.negatives_per_positive = negatives_per_positive
        self.offset_weight = offset_weight
        self.fitted_sizes = (
            None if fitted_sizes is None else [[float(w), float(h)] for w, h in fitted_sizes]
        )

    def adapt(self, boxes: Callable[[], np.ndarray]) -> None:
        """Fits the anchors to the training boxes where they come from ``kmeans``.

        Raises:
            ConfigError: there are no boxes to fit them to.
        """
        if self.anchors != "kmeans":
            return
        corners = boxes()
        sizes = corners[:, 2:] - corners[:, :2]
        if not (sizes > 0).all(axis=1).any():
            raise ConfigError(
                "head.anchors=kmeans: the training split has no boxes to fit them to; "
                "choose head.anchors=scales"
            )
        count = self.anchors_per_stride * len(self.strides)
        self.fitted_sizes = cluster_sizes(sizes, count).tolist()

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        strides = [stride for stride in self.strides if str(stride) in input_shape]
        if not strides:
            raise ConfigError(
                f"head.strides={list(self.strides)}: the backbone has none of them, but "
                f"{', '.join(input_shape)}"
            )
        policy = {"dtype": self.dtype_policy}
        self.pyramid = PathAggregation(strides, self.width, name="pyramid", **policy)
        self.pyramid.build(input_shape)
        shapes = self.pyramid.compute_output_shape(input_shape)
        self.levels, tiled = [], []
        for (stride, shape), sizes in zip(shapes.items(), self._sizes(shapes), strict=True):
            self.levels.append(_Level(self.num_classes, len(sizes), self.width, stride, policy))
            self.levels[-1].build(shape)
            tiled.append(tile(sizes, *shape[1:3]))
        self.boxes_cxcywh = np.concatenate(tiled)  # (K, 4)
        self.boxes_xyxy = geometry.cxcywh_to_xyxy(self.boxes_cxcywh)

    def _sizes(self, shapes: Mapping[str, tuple[Any, ...]]) -> list[np.ndarray]:
        """Widths and heights (A, 2), 0..1, of each level's anchors."""
        if self.anchors == "scales":
            in_cells = scaled_sizes(self.anchor_scale, self.scales_per_octave, self.aspect_ratios)
            return [in_cells / np.array([columns, rows]) for _, rows, columns, _ in shapes.values()]
        if self.fitted_sizes is None:
            raise ConfigError(
                "head.anchors=kmeans: the anchors have not been fitted; call adapt with the "
                "training boxes before the model is built, or choose head.anchors=scales"
            )
        # The smallest on the finest map: Redmon and Farhadi 2018, "YOLOv3", section 2.3.
        return np.array_split(np.array(self.fitted_sizes), len(shapes))

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to candidates; adds the encoded ``offsets`` (B, K, 4)."""
        maps = self.pyramid(features, training=training)
        parts = [
            level(x, training=training) for level, x in zip(self.levels, maps.values(), strict=True)
        ]
        offsets, classes, presence = (
            ops.concatenate(part, axis=1) for part in zip(*parts, strict=True)
        )
        return {
            "boxes": decode(offsets, self.boxes_cxcywh, xp=ops),
            "class_logits": classes,
            "objectness": presence[..., 0],
            "offsets": offsets,
        }

    @property
    def cell_levels(self) -> tuple[CellLevel, ...]:
        """The grids that the anchors stand on, from the finest to the coarsest."""
        return tuple(CellLevel(level.rows, level.columns, level.anchors) for level in self.levels)

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Anchors that overlap a target answer for it; the hardest of the others count."""
        assignment = assign_iou(
            boxes, labels, self.boxes_xyxy, self.positive_iou, self.negative_iou
        )
        if self.negatives_per_positive is None:
            return assignment
        return mine_negatives(assignment, outputs["objectness"], self.negatives_per_positive)

    @property
    def assigns_across_images(self) -> bool:
        """Where negatives are mined, they are so from the whole batch."""
        return self.negatives_per_positive is not None

    @property
    def auxiliary_weights(self) -> dict[str, float]:
        """That of ``offset``."""
        return {"offset": self.offset_weight}

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """Smooth L1 of the four offsets, their mean (B, K): Liu et al. 2016, equation 2."""
        truth = encode(assignment.boxes, self.boxes_cxcywh, xp=ops)
        error = ops.abs(outputs["offsets"] - truth)
        smooth = ops.where(error < 1, ops.square(error) / 2, error - 0.5)  # (B, K, 4)
        return {"offset": ops.mean(smooth, axis=-1)}

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "strides": list(self.strides),
            "width": self.width,
            "anchors": self.anchors,
            "anchor_scale": self.anchor_scale,
            "scales_per_octave": self.scales_per_octave,
            "aspect_ratios": list(self.aspect_ratios),
            "anchors_per_stride": self.anchors_per_stride,
            "positive_iou": self.positive_iou,
            "negative_iou": self.negative_iou,
            "negatives_per_positive": self.negatives_per_positive,
            "offset_weight": self.offset_weight,
            "fitted_sizes": self.fitted_sizes,
        }


class _Level(keras.layers.Layer):
    """What reads one map of the pyramid: (B, H, W, width) to H · W · A candidates."""

    def __init__(
        self, num_classes: int, anchors: int, width: int, stride: str, policy: Mapping[str, Any]
    ) -> None:
        super().__init__(name=f"level_{stride}", **policy)
        self.num_classes = num_classes
        self.anchors = anchors
        self.box_branch = ConvBlock(width, name="box_branch", **policy)
        self.class_branch = ConvBlock(width, name="class_branch", **policy)
        # Float32: coordinates in bfloat16 would be a pixel off.
        self.offsets = keras.layers.Conv2D(4 * anchors, 1, dtype="float32", name="offsets")
        self.classes = keras.layers.Conv2D(
            num_classes * anchors, 1, dtype="float32", name="classes"
        )
        # It begins low for mined negatives as well: those that are never looked at then say from
        # the start that there is nothing.
        self.presence = presence_layer("presence", anchors)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        for layer in (
            self.box_branch,
            self.class_branch,
            self.offsets,
            self.classes,
            self.presence,
        ):
            layer.build(input_shape)
        _, self.rows, self.columns, _ = input_shape

    def call(self, x: Any, training: bool | None = None) -> tuple[Any, Any, Any]:
        """Offsets (B, candidates, 4), class logits (B, candidates, C), objectness (…, 1)."""
        box_features = self.box_branch(x, training=training)
        class_features = self.class_branch(x, training=training)
        return (
            _flat(self.offsets(box_features), 4),
            _flat(self.classes(class_features), self.num_classes),
            _flat(self.presence(class_features), 1),
        )


def _flat(level: Any, size: int) -> Any:
    """A map (B, H, W, A · size) as candidates (B, H · W · A, size)."""
    return ops.reshape(level, (-1, int(np.prod(level.shape[1:])) // size, size))
