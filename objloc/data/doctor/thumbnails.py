"""Small pictures that show what findings are about, with the boxes drawn."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from objloc.data.drawing import PREDICTION_COLOUR, READABLE_SIDE, TRUTH_COLOUR, draw_boxes
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.files.picture import decode_picture, upright_boxes
from objloc.data.files.printable import printable
from objloc.errors import DataError

_NAMED = 8  # boxes; the names of more would hide the picture
_BEYOND = 12  # pixels by which a box that lies outside is drawn outside

Thumbnail = tuple[UInt8[np.ndarray, "height width 3"], str]


class Thumbnails:
    """Draws the pictures of findings.

    Args:
        annotations: the labels, whose boxes are drawn in blue.
    """

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self._index = {file: image for image, file in enumerate(annotations.files)}

    def of(self, findings: Sequence[Finding], limit: int) -> list[Thumbnail]:
        """Up to `limit` pictures with captions; files that cannot be shown are passed over.

        The findings share the room: of a pair of pictures both are shown.
        """
        shown: list[Thumbnail] = []
        per_finding = max(2, limit // max(1, len(findings)))
        seen: set[str] = set()
        for finding in findings:
            for file in finding.files[:per_finding]:
                if len(shown) >= limit:
                    return shown
                box = finding.box if file == finding.files[0] else None
                key = file if box is None else f"{file} {finding.where}"
                if key not in seen and (image := self._draw(file, box)) is not None:
                    seen.add(key)
                    place = f" ({finding.where})" if box is not None and finding.where else ""
                    shown.append((image, printable(file) + place))
        return shown

    def _draw(
        self, file: str, box: tuple[float, float, float, float] | None
    ) -> UInt8[np.ndarray, "_h _w 3"] | None:
        """The picture with its boxes, the finding's in orange; None if there is nothing to show."""
        try:
            picture = decode_picture(self.annotations.root / file, at_least=READABLE_SIDE)
        except DataError:
            return None
        boxes, texts = np.empty((0, 4)), []
        stated = None
        if (image := self._index.get(file)) is not None:
            rows = self.annotations.objects(image)
            boxes = self.annotations.boxes[rows]
            names = self.annotations.class_names
            texts = [names[label] for label in self.annotations.labels[rows]]
            stated = tuple(int(side) for side in self.annotations.sizes[image])
        colours = [TRUTH_COLOUR] * len(boxes)
        if len(boxes) > _NAMED:
            texts = [""] * len(boxes)
        if box is not None:
            own = np.array([box])
            same = (boxes == own).all(axis=1)
            boxes = np.concatenate([boxes[~same], own])
            texts = [text for text, drop in zip(texts, same, strict=True) if not drop] + [""]
            colours = [TRUTH_COLOUR] * (len(boxes) - 1) + [PREDICTION_COLOUR]
        header = picture.header
        if stated == header.stored_size and stated != header.size:
            boxes = upright_boxes(boxes, header.stored_size, header.orientation)
        return _small(picture.image, picture.scaled(boxes), texts, colours)


def _small(
    image: UInt8[np.ndarray, "height width 3"],
    boxes: Float64[np.ndarray, "n 4"],
    texts: Sequence[str],
    colours: Sequence[tuple[int, int, int]],
) -> UInt8[np.ndarray, "_h _w 3"]:
    """The drawn picture with a shorter side of `READABLE_SIDE` pixels."""
    height, width = image.shape[:2]
    scale = READABLE_SIDE / min(height, width)
    if scale < 1:
        size = (max(READABLE_SIDE, round(width * scale)), max(READABLE_SIDE, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        boxes = boxes * np.tile([size[0] / width, size[1] / height], 2)
        width, height = size
    drawable = np.isfinite(boxes).all(axis=1)
    limits = np.array([width, height, width, height]) + _BEYOND
    # A box that is inside out is shown as what it encloses.
    boxes = np.concatenate(
        [np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1
    )
    return draw_boxes(
        image,
        boxes[drawable].clip(-_BEYOND, limits),
        [text for text, draw in zip(texts, drawable, strict=True) if draw],
        [colour for colour, draw in zip(colours, drawable, strict=True) if draw],
    )
