"""Picks the pictures of an evaluation that are worth a look, and draws the answers into them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from objloc.data import BatchForm, SampleSource
from objloc.data.drawing import READABLE_SIDE
from objloc.data.named_source import picture_name
from objloc.data.resize import resize
from objloc.evaluation.kinds import KINDS
from objloc.evaluation.measurement import Measurement
from objloc.training.prediction_sheet import draw_answer, prediction_sheet

WORST, RANDOM, COLUMNS = 12, 12, 6

_SHORTER_SIDE = READABLE_SIDE
"""Of a picture in the gallery, in pixels: shown side by side, names are still legible."""

Captioned = tuple[UInt8[np.ndarray, "_h _w 3"], str]


@dataclass(frozen=True)
class Choice:
    """Which pictures are shown, by index: the worst first, then some that nobody chose."""

    worst: tuple[int, ...]
    random: tuple[int, ...]


def choose(measurement: Measurement) -> Choice:
    """The worst answers, and a few of the rest by lot; the same every time."""
    order = measurement.report.worst_first()
    rest = np.random.default_rng(0).permutation(order[WORST:])
    return Choice(
        tuple(int(index) for index in order[:WORST]), tuple(int(index) for index in rest[:RANDOM])
    )


def sheet(
    measurement: Measurement, choice: Choice, source: SampleSource, form: BatchForm
) -> UInt8[np.ndarray, "h w 3"] | None:
    """Return all chosen pictures, as the model was fed them, on one sheet; None of no picture."""
    order = [*choice.worst, *choice.random]
    if not order:
        return None
    answers = measurement.answers
    return prediction_sheet(
        {
            index: resize(source.sample(0, index).image, form.image_size, form.resize_mode)[0]
            for index in order
        },
        answers.truths,
        answers.detections,
        measurement.analysis.class_names,
        score_threshold=measurement.analysis.score_threshold,
        order=order,
        columns=COLUMNS,
    )


def gallery(
    measurement: Measurement, indices: Sequence[int], source: SampleSource
) -> list[Captioned]:
    """Return the pictures, brought to about one size, each with what is the matter."""
    return [_drawn(measurement, index, source) for index in indices]


def _drawn(measurement: Measurement, index: int, source: SampleSource) -> Captioned:
    answers, analysis = measurement.answers, measurement.analysis
    truth = answers.truths[index]
    found = answers.detections[index].over(analysis.score_threshold)
    image = source.sample(0, index).image
    shorter = min(image.shape[:2])
    # What is smaller than half is enlarged by a whole factor when it is drawn on: sharp pixels.
    scale = _SHORTER_SIDE / shorter if shorter > _SHORTER_SIDE // 2 else 1.0
    if scale != 1:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    picture = draw_answer(
        image,
        truth,
        found,
        analysis.class_names,
        (truth.boxes * scale).astype(np.float32),
        (found.boxes * scale).astype(np.float32),
    )
    name = picture_name(source, index, truth.image_id)
    return picture, f"{name}: {_what_is_wrong(measurement, index)}"


def _what_is_wrong(measurement: Measurement, index: int) -> str:
    """`1 missed, 2 imagined; IoU 0.23`."""
    counts = measurement.analysis.errors.image_counts[index]
    told = [
        f"{count} {kind.replace('_', ' ')}"
        for kind, count in zip(KINDS, counts, strict=True)
        if count
    ]
    text = ", ".join(told) if told else "nothing there, nothing found"
    iou = measurement.report.per_image["iou"][index]
    return text if np.isnan(iou) else f"{text}; IoU {iou:.2f}"
