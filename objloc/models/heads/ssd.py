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
from objloc.models.cells import presence_layer
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
        self.levels = [str(stride) for stride in strides]
        # One flat dict: Keras saves no weights of layers in a dict inside a list.
        self.branches: dict[str, Any] = {}
        tiled = []
        for level, sizes in zip(self.levels, self._sizes(input_shape), strict=True):
            shape = (*input_shape[level][:3], self.width)
            self.branches |= self._branches(level, len(sizes), shape)
            tiled.append(tile(sizes, *shape[1:3]))
        self.boxes_cxcywh = np.concatenate(tiled)  # (K, 4)
        self.boxes_xyxy = geometry.cxcywh_to_xyxy(self.boxes_cxcywh)

    def _sizes(self, input_shape: Mapping[str, tuple[Any, ...]]) -> list[np.ndarray]:
        """Widths and heights (A, 2), 0..1, of each level's anchors."""
        if self.anchors == "scales":
            in_cells = scaled_sizes(self.anchor_scale, self.scales_per_octave, self.aspect_ratios)
            maps = [input_shape[level] for level in self.levels]
            return [in_cells / np.array([columns, rows]) for _, rows, columns, _ in maps]
        if self.fitted_sizes is None:
            raise ConfigError(
                "head.anchors=kmeans: the anchors have not been fitted; call adapt with the "
                "training boxes before the model is built, or choose head.anchors=scales"
            )
        # The smallest on the finest map: Redmon and Farhadi 2018, "YOLOv3", section 2.3.
        return np.array_split(np.array(self.fitted_sizes), len(self.levels))

    def _branches(self, level: str, anchors: int, shape: tuple[Any, ...]) -> dict[str, Any]:
        """The layers that read one level, (B, H, W, width), by name."""
        blocks = (
            ConvBlock(self.width, name=f"{name}_{level}", dtype=self.dtype_policy)
            for name in ("box_branch", "class_branch")
        )
        # Float32: coordinates in bfloat16 would be a pixel off.
        convolutions = (
            keras.layers.Conv2D(anchors * channels, 1, dtype="float32", name=f"{name}_{level}")
            for name, channels in (("offsets", 4), ("classes", self.num_classes))
        )
        # Objectness begins low for mined negatives as well: those that are never looked at then say
        # from the start that there is nothing.
        layers = (*blocks, *convolutions, presence_layer(f"presence_{level}", anchors))
        for layer in layers:
            layer.build(shape)
        return {layer.name: layer for layer in layers}

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to candidates; adds the encoded ``offsets`` (B, K, 4)."""
        maps = self.pyramid(features, training=training)
        offsets, classes, presence = [], [], []
        for level in self.levels:
            box_features = self._read("box_branch", level, maps[level], training=training)
            class_features = self._read("class_branch", level, maps[level], training=training)
            offsets.append(_flat(self._read("offsets", level, box_features), 4))
            classes.append(_flat(self._read("classes", level, class_features), self.num_classes))
            presence.append(_flat(self._read("presence", level, class_features), 1))
        all_offsets = ops.concatenate(offsets, axis=1)
        return {
            "boxes": decode(all_offsets, self.boxes_cxcywh, xp=ops),
            "class_logits": ops.concatenate(classes, axis=1),
            "objectness": ops.concatenate(presence, axis=1)[..., 0],
            "offsets": all_offsets,
        }

    def _read(self, name: str, level: str, x: Any, **kwargs: Any) -> Any:
        """What a level's layer ``name`` makes of x."""
        return self.branches[f"{name}_{level}"](x, **kwargs)

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Anchors that overlap a target answer for it; the hardest of the others count."""
        assignment = assign_iou(
            boxes, labels, self.boxes_xyxy, self.positive_iou, self.negative_iou
        )
        if self.negatives_per_positive is None:
            return assignment
        return mine_negatives(assignment, outputs["objectness"], self.negatives_per_positive)

    @property
    def auxiliary_names(self) -> tuple[str, ...]:
        """``offset``, unless its weight is 0."""
        return ("offset",) if self.offset_weight else ()

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """Smooth L1 of the four offsets, their mean (B, K): Liu et al. 2016, equation 2."""
        if not self.offset_weight:
            return {}
        truth = encode(assignment.boxes, self.boxes_cxcywh, xp=ops)
        error = ops.abs(outputs["offsets"] - truth)
        smooth = ops.where(error < 1, ops.square(error) / 2, error - 0.5)  # (B, K, 4)
        return {"offset": self.offset_weight * ops.mean(smooth, axis=-1)}

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


def _flat(level: Any, size: int) -> Any:
    """A map (B, H, W, A · size) as candidates (B, H · W · A, size)."""
    return ops.reshape(level, (-1, int(np.prod(level.shape[1:])) // size, size))
