"""What is wrong with each object and detection, and what mending one kind of error would bring."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8, Int64

KINDS = (
    "right",
    "class_wrong",
    "centre_off",
    "size_off",
    "shape_off",
    "missed",
    "imagined",
    "duplicate",
)
"""The fates of objects (the first six) and of detections that answer for none (the last two)."""

ASIDE = -1
"""The kind of a detection that lies in a box marked "ignore": neither right nor wrong."""


@dataclass(frozen=True)
class Breakdown:
    """Counts of the kinds by some property.

    Attributes:
        names: of the property's B values: "small", "top left", a class.
        counts: (B, 8), in the order of `KINDS`. "imagined" and "duplicate" count by the
            detection's own box and class, the others by the object's.
    """

    names: tuple[str, ...]
    counts: Int64[np.ndarray, "b 8"]


@dataclass(frozen=True)
class ErrorSplit:
    """Each object and each detection over the score threshold, by its fate.

    Attributes:
        object_image: (M,) the index of each object's image; boxes marked "ignore" left out.
        object_kind: (M,) index into `KINDS`.
        object_iou: (M,) IoU with the detection that answers for it, 0 if none does.
        object_detection: (M,) the index of that detection in 0..K-1, -1 if none does.
        detection_image: (K,) the index of each detection's image.
        detection_kind: (K,) index into `KINDS` (that of the object it answers for), or `ASIDE`.
        image_counts: (I, 8) of each image, in the order of `KINDS`.
        counts: (8,) their sum.
        shares: (8,) of all objects, imagined and duplicate detections; they sum to 1.
        ap50_rise: by kind of error: what AP50 would gain if the errors of that kind were mended.
        localization_accuracy_rise: the same for localization accuracy.
        by_size: objects by COCO's areas: small (< 32² pixels), medium (< 96²), large.
        by_relative_size: by the share of the picture that the box covers.
        by_position: by the ninth of the picture that the box's centre lies in.
        by_class: by class.
    """

    object_image: Int64[np.ndarray, " m"]
    object_kind: Int8[np.ndarray, " m"]
    object_iou: Float64[np.ndarray, " m"]
    object_detection: Int64[np.ndarray, " m"]
    detection_image: Int64[np.ndarray, " k"]
    detection_kind: Int8[np.ndarray, " k"]
    image_counts: Int64[np.ndarray, "i 8"]
    counts: Int64[np.ndarray, " 8"]
    shares: Float64[np.ndarray, " 8"]
    ap50_rise: Mapping[str, float]
    localization_accuracy_rise: Mapping[str, float]
    by_size: Breakdown
    by_relative_size: Breakdown
    by_position: Breakdown
    by_class: Breakdown

    def images_of(self, kind: str) -> Int64[np.ndarray, " n"]:
        """Indices of the images with an error of that kind, those with most of them first."""
        count = self.image_counts[:, KINDS.index(kind)]
        order = np.argsort(-count, kind="stable")
        return order[count[order] > 0].astype(np.int64)
