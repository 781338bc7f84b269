"""Check: which objects would augmentation take out of the training pictures?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc.boxes import area
from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.files.picture import decode_picture, upright_boxes
from objloc.errors import DataError
from objloc.progress import progress

SIZES = ("under 16 px", "16 to 64 px", "over 64 px")
"""Groups of objects by the square root of their area in the resized picture."""

_SIZE_EDGES = (16.0, 64.0)
_WORTH_A_WARNING = 0.05


@dataclass(frozen=True)
class AugmentationLoss:
    """What was tried and lost.

    Attributes:
        pictures: training pictures that were augmented, each in several epochs.
        by_class: objects tried and lost of each class that has any.
        by_size: the same for each of `SIZES` that has any.
        worst: the pictures that lost most, the worst first, for thumbnails.
    """

    pictures: int
    by_class: dict[str, tuple[int, int]]
    by_size: dict[str, tuple[int, int]]
    worst: tuple[int, ...]

    @property
    def tried(self) -> int:
        """Objects that went into augmentation."""
        return sum(tried for tried, _ in self.by_class.values())

    @property
    def lost(self) -> int:
        """Objects that did not come out."""
        return sum(lost for _, lost in self.by_class.values())

    def finding(self, annotations: Annotations) -> Finding | None:
        """A warning if much is lost, a note if something is, None if nothing is."""
        if not self.lost:
            return None
        share = self.lost / self.tried
        details = ", ".join(
            f"{name} {lost / tried:.1%}"
            for name, (tried, lost) in (*self.by_class.items(), *self.by_size.items())
            if lost
        )
        return Finding(
            "object_lost",
            "warning" if share > _WORTH_A_WARNING else "note",
            annotations.label_files[self.worst[0]],
            f"augmentation takes {share:.1%} of the objects out ({self.lost} of {self.tried} that "
            f"were tried): {details}",
            "turn, shift and zoom less in augment.picture, or lower augment.min_visible",
            files=tuple(annotations.files[image] for image in self.worst),
        )


def augmentation_loss(
    annotations: Annotations,
    images: Sequence[int] | Int64[np.ndarray, " m"],
    usable: Bool[np.ndarray, " n"],
    augmentation: Augmentation,
    form: BatchForm,
    *,
    seed: int,
    epochs: int = 3,
) -> AugmentationLoss:
    """Augments pictures as training does, and counts the objects that are left.

    Args:
        annotations: the labels.
        images: training pictures to try; those that cannot be read are passed over.
        usable: (N,) the objects whose boxes are boxes.
        augmentation: its geometric transforms for real pictures are run.
        form: how pictures are resized; objects are grouped by their size in it.
        seed: decides all.
        epochs: how often each picture is tried.
    """
    classes = len(annotations.class_names)
    counts = np.zeros((2, classes, len(SIZES)), np.int64)  # tried, lost
    lost_in: dict[int, int] = {}
    tried_pictures = 0
    for image in progress(list(map(int, images)), "trying augmentation"):
        objects = annotations.objects(image)
        rows = objects.start + np.flatnonzero(usable[objects] & ~annotations.ignore[objects])
        picture = _picture(annotations, image, rows, form)
        if picture is None:
            continue
        tried_pictures += 1
        pixels, boxes = picture
        groups = _size_groups(boxes, pixels, form)
        labels = annotations.labels[rows]
        for epoch in range(epochs):
            rng = np.random.default_rng([seed, epoch, image])
            _, _, kept = augmentation.transform_picture(pixels, boxes.astype(np.float32), rng)
            gone = np.ones(len(rows), bool)
            gone[kept] = False
            np.add.at(counts[0], (labels, groups), 1)
            np.add.at(counts[1], (labels[gone], groups[gone]), 1)
            lost_in[image] = lost_in.get(image, 0) + int(gone.sum())
    worst = sorted((image for image in lost_in if lost_in[image]), key=lambda i: -lost_in[i])
    return AugmentationLoss(
        pictures=tried_pictures,
        by_class=dict(_named(annotations.class_names, counts.sum(axis=2))),
        by_size=dict(_named(SIZES, counts.sum(axis=1))),
        worst=tuple(worst[:8]),
    )


def _picture(
    annotations: Annotations, image: int, rows: np.ndarray, form: BatchForm
) -> tuple[np.ndarray, Float64[np.ndarray, "n 4"]] | None:
    """The picture, upright and perhaps reduced, with its boxes inside it; None if unreadable."""
    try:
        picture = decode_picture(annotations.path(image), at_least=form.image_size)
    except DataError:
        return None
    header = picture.header
    boxes = annotations.boxes[rows]
    stated = tuple(int(side) for side in annotations.sizes[image])
    if stated == header.stored_size and stated != header.size:
        boxes = upright_boxes(boxes, header.stored_size, header.orientation)
    boxes = picture.scaled(boxes)
    height, width = picture.image.shape[:2]
    return picture.image, boxes.clip(0, [width, height, width, height])


def _size_groups(
    boxes: Float64[np.ndarray, "n 4"], image: np.ndarray, form: BatchForm
) -> Int64[np.ndarray, " n"]:
    height, width = image.shape[:2]
    if form.resize_mode == "letterbox":
        height = width = max(height, width)
    sides = np.sqrt(area(boxes) * form.image_size**2 / (height * width))
    return np.digitize(sides, _SIZE_EDGES)


def _named(
    names: Sequence[str], counts: Int64[np.ndarray, "2 c"]
) -> Iterator[tuple[str, tuple[int, int]]]:
    for name, tried, lost in zip(names, *counts, strict=True):
        if tried:
            yield name, (int(tried), int(lost))
