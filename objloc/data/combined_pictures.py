"""Training pictures laid on the model's square: at a random scale, or several put together.

Mosaic is that of YOLOv4 (Bochkovskiy et al., "YOLOv4: Optimal Speed and Accuracy of Object
Detection", 2020), mix-up that of Zhang et al. ("Bag of Freebies for Training Object Detection
Neural Networks", 2019). Each picture is resampled once, straight to the pixels that the model is
fed, and only the part of it that shows; so a mosaic costs little more than a single picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from objloc.boxes import area
from objloc.data.batch_form import BatchForm
from objloc.data.boxed_picture import BoxedPicture, together
from objloc.data.pasted_objects import paste
from objloc.data.resize import LETTERBOX_GREY
from objloc.data.span import Span, axis_scales

_TRIES = 4
"""How often another part of a picture is looked at, where one shows none of its objects."""

_CENTRE = (0.25, 0.75)
"""Where a mosaic's pictures may meet, as shares of the side: no tile is narrower than a quarter."""

_BLEND = 8.0
"""Both parameters of the Beta distribution that a blend's weights come from: nearly all lie in
0.25..0.75. Zhang et al. draw from Beta(1.5, 1.5), where one picture may all but vanish, and weigh
its objects less in the loss by as much; here every object counts as one, so each must show."""


@dataclass(frozen=True)
class Combination:
    """What is done to training pictures on the model's square.

    Attributes:
        mosaic: the share of samples that are mosaics.
        mix_up: the share of samples, mosaics or not, that are blended with another picture.
        zoom: smallest and largest scale of a picture, 1 being the letterboxed size; drawn such
            that halving is as likely as doubling. None for 1.
        paste: the largest number of single objects of other pictures that are pasted in.
    """

    mosaic: float = 0.0
    mix_up: float = 0.0
    zoom: tuple[float, float] | None = None
    paste: int = 0

    def __bool__(self) -> bool:
        """Whether anything is done at all."""
        return bool(self.mosaic or self.mix_up or self.zoom or self.paste)

    def draw(
        self,
        read: Callable[[int], BoxedPicture],
        index: int,
        count: int,
        form: BatchForm,
        min_visible: float,
        rng: np.random.Generator,
    ) -> BoxedPicture:
        """The picture of sample `index`, perhaps with others.

        Args:
            read: gives one of the pictures; it may draw from `rng`, too.
            index: the picture that is certainly there.
            count: of the pictures to draw others from, `index` among them.
            form: its side is that of the square. A combination of more objects than it has room
                for is not made: what is left out of the targets would be taught as background.
            min_visible: an object of which less than this share of its box shows is left out.
            rng: decides everything.
        """
        of_four, blended = rng.random() < self.mosaic, rng.random() < self.mix_up
        first = read(index)
        if not (of_four or blended or self.zoom or self.paste):
            return first
        if of_four:
            others = [read(int(other)) for other in rng.integers(count, size=3)]
            scales = [self._scale(rng) for _ in range(4)]
            shown = mosaic([first, *others], scales, form, min_visible, rng)
        else:
            shown = on_square(first, self._scale(rng), form, min_visible, rng)
        if blended:
            other = read(int(rng.integers(count)))
            square = on_square(other, self._scale(rng), form, min_visible, rng)
            shown = blend(shown, square, float(rng.beta(_BLEND, _BLEND)))
        if shown.counted() > form.max_objects and (of_four or blended):
            shown = on_square(first, self._scale(rng), form, min_visible, rng)
        if self.paste:
            for other in rng.integers(count, size=rng.integers(self.paste + 1)):
                if shown.counted() < form.max_objects:
                    shown = paste(shown, read(int(other)), self._scale(rng), form, rng)
        return shown

    def most_objects(self, counts: Int64[np.ndarray, " pictures"]) -> int:
        """Rows that a training sample's targets need, from the numbers of objects of each picture.

        As many as any combination could have, but more than 100 only where a single picture has:
        rows cost time in every batch, and such combinations are rare.
        """
        pictures = (4 if self.mosaic else 1) + (1 if self.mix_up else 0)
        most = int(counts.max(initial=0))
        return max(most, min(100, pictures * most + self.paste))

    def _scale(self, rng: np.random.Generator) -> float:
        if self.zoom is None:
            return 1.0
        smallest, largest = self.zoom
        return smallest * (largest / smallest) ** float(rng.random())


def on_square(
    picture: BoxedPicture,
    scale: float,
    form: BatchForm,
    min_visible: float,
    rng: np.random.Generator,
) -> BoxedPicture:
    """A random part of a picture, or all of it at a random place on grey.

    Args:
        picture: of any size.
        scale: 1 for the size that it would be resized to by itself.
        form: its side, and whether pictures are letterboxed or stretched.
        min_visible: an object of which less than this share of its box shows is left out.
        rng: decides the part or the place.
    """
    side = form.image_size
    canvas = np.full((side, side, 3), LETTERBOX_GREY, np.uint8)
    slack = (float(rng.random()), float(rng.random()))
    return _laid(picture, canvas, (0, 0, side, side), scale, slack, form, min_visible, rng)


def mosaic(
    pictures: Sequence[BoxedPicture],
    scales: Sequence[float],
    form: BatchForm,
    min_visible: float,
    rng: np.random.Generator,
) -> BoxedPicture:
    """Four pictures around a random point: a random part of each, or all of it beside the point.

    Args:
        pictures: upper left, upper right, lower left, lower right.
        scales: of each; see `on_square`.
        form: its side, and whether pictures are letterboxed or stretched.
        min_visible: an object of which less than this share of its box shows in its tile is left
            out.
        rng: decides the point and the parts.
    """
    side = form.image_size
    canvas = np.full((side, side, 3), LETTERBOX_GREY, np.uint8)
    x, y = (int(place) for place in rng.uniform(*_CENTRE, size=2) * side)
    tiles = ((0, 0, x, y), (x, 0, side, y), (0, y, x, side), (x, y, side, side))
    # A picture that is smaller than its tile lies at the point where all meet.
    slacks = ((1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0))
    laid = [
        _laid(picture, canvas, tile, scale, slack, form, min_visible, rng)
        for picture, tile, scale, slack in zip(pictures, tiles, scales, slacks, strict=True)
    ]
    return together(canvas, laid)


def blend(one: BoxedPicture, other: BoxedPicture, weight: float) -> BoxedPicture:
    """Two pictures of one size seen through each other, with the objects of both.

    Args:
        one: has `weight`.
        other: has the rest.
        weight: 0..1.
    """
    image = cv2.addWeighted(one.image, weight, other.image, 1 - weight, 0)
    return together(image, [one, other])


def _laid(
    picture: BoxedPicture,
    canvas: UInt8[np.ndarray, "side side 3"],
    tile: tuple[int, int, int, int],
    scale: float,
    slack: tuple[float, float],
    form: BatchForm,
    min_visible: float,
    rng: np.random.Generator,
) -> BoxedPicture:
    """Draws as much of a picture as fits into a tile (xyxy) of the canvas.

    Where it is larger than the tile, a random part is chosen, if possible one that shows an
    object: little would be learned from a picture of a single object that is mostly cut off.
    Where it is smaller, `slack` is the share of the room that is left of it and above it.
    """
    height, width = picture.image.shape[:2]
    left, top, right, bottom = tile
    x_scale, y_scale = axis_scales((height, width), scale, form)
    for _ in range(_TRIES):
        x = Span.fit(width, left, right, x_scale, slack[0], float(rng.random()))
        y = Span.fit(height, top, bottom, y_scale, slack[1], float(rng.random()))
        boxes, share = _moved(picture.boxes, x, y)
        kept = np.flatnonzero((share >= min_visible) & (share > 0))
        if len(kept) or not len(boxes):
            break
    part = picture.image[y.start : y.start + y.length, x.start : x.start + x.length]
    shrinks = x.size * y.size < x.length * y.length
    canvas[y.at : y.at + y.size, x.at : x.at + x.size] = cv2.resize(
        part, (x.size, y.size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return picture.changed(canvas, boxes[kept].astype(np.float32), kept)


def _moved(
    boxes: Float32[np.ndarray, "n 4"], x: Span, y: Span
) -> tuple[Float64[np.ndarray, "n 4"], Float64[np.ndarray, " n"]]:
    """Boxes on the canvas, cut off where their picture ends, and the share left of each."""
    places = boxes.astype(np.float64)
    moved = np.stack([axis.moved(places[:, i]) for i, axis in enumerate((x, y, x, y))], axis=1)
    low, high = np.array([x.at, y.at] * 2), np.array([x.at + x.size, y.at + y.size] * 2)
    inside = moved.clip(low, high)
    return inside, area(inside) / area(moved)
