"""Pictures of scenes and of numbers, large enough to be looked at."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from objloc.data import Sample, SampleSource
from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, Colour, draw_boxes
from objloc.insight.heat_picture import heat_picture

SHOWN = 288
"""Side of a picture on the page, in pixels."""


def with_boxes(
    image: UInt8[np.ndarray, "s s 3"],
    truth: Float[np.ndarray, "n 4"],
    answers: Float[np.ndarray, "m 4"],
) -> UInt8[np.ndarray, "h w 3"]:
    """A scene, enlarged, the truth in blue and the model's answers in orange."""
    boxes = np.concatenate([truth, answers])
    colours: list[Colour] = [TRUTH_COLOUR] * len(truth) + [PREDICTION_COLOUR] * len(answers)
    drawn = draw_boxes(image, boxes, [""] * len(boxes), colours)
    return cv2.resize(drawn, (SHOWN, SHOWN), interpolation=cv2.INTER_AREA)


def heat(
    values: Float[np.ndarray, "h w"],
    lowest: float | int | None = None,
    highest: float | int | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """Numbers as colours, each a sharp square, violet for the lowest, yellow the highest."""
    low, high = (None if one is None else float(one) for one in (lowest, highest))
    picture = heat_picture(values, low, high)
    return cv2.resize(picture, (SHOWN, SHOWN), interpolation=cv2.INTER_NEAREST)


def about_zero(values: Float[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """As `heat`, with zero in the middle of the colours, and roots: what is weak is seen, too."""
    roots = np.sign(values) * np.sqrt(np.abs(values))
    largest = float(np.abs(roots).max())
    return heat(roots, -largest, largest)


def samples_of(source: SampleSource, number: int) -> list[Sample]:
    """The first samples of a split."""
    return [source.sample(0, index) for index in range(min(number, len(source)))]
