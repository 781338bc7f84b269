"""Picks the pictures that are explained one by one, and in each the answer to explain."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, UInt8

from objloc import boxes as geometry
from objloc.data import BatchForm, SampleSource, Truth
from objloc.data.named_source import picture_name
from objloc.data.resize import Resize, resize
from objloc.errors import ConfigError
from objloc.evaluation import Detections, Predictor, match
from objloc.evaluation.matching import FOUND_IOU
from objloc.evaluation.measurement import Answers, answer, report_on
from objloc.insight.example import Example
from objloc.insight.subject import Subject, best_subject

if TYPE_CHECKING:
    from objloc.models import Localizer


def examples_of_split(
    predictor: Predictor,
    localizer: "Localizer | None",
    source: SampleSource,
    form: BatchForm,
    *,
    worst: int,
    random: int,
    searched: int,
    seed: int,
) -> list[Example]:
    """The pictures of a split with the worst answers, and some that nobody chose.

    In each the answer at an object that was missed is explained, or where none was, the best one.

    Args:
        predictor: the model.
        localizer: the same model, if it is a Keras one: then candidates can be explained.
        source: the split.
        form: what its pictures are brought to.
        worst: so many with the worst answers.
        random: so many others, drawn by lot.
        searched: the first so many pictures of the split are looked at.
        seed: of the lot.

    Raises:
        ConfigError: the model answers with what is no number.
    """
    batches = -(-searched // predictor.batch_size)
    answers = answer(predictor, source, form, limit_batches=batches)
    answers = replace(  # batches are whole
        answers,
        detections=answers.detections[:searched],
        truths=answers.truths[:searched],
    )
    chosen = _chosen(predictor, answers, worst, random, seed)
    return [
        _example(
            predictor,
            localizer,
            picture_name(source, index, answers.truths[index].image_id),
            resize(source.sample(0, index).image, form.image_size, form.resize_mode)[0],
            answers.detections[index],
            answers.truths[index].transform,
            answers.truths[index],
        )
        for index in chosen
    ]


def examples_of_pictures(
    predictor: Predictor,
    localizer: "Localizer | None",
    pictures: Iterable[tuple[str, UInt8[np.ndarray, "_ _ 3"]]],
) -> list[Example]:
    """Pictures of which nobody knows what is there: in each the best answer is explained.

    Args:
        predictor: the model.
        localizer: the same model, if it is a Keras one.
        pictures: names and pictures, RGB, of any size.

    Raises:
        ConfigError: the model answers with what is no number.
    """
    card = predictor.engine.card
    examples = []
    for name, picture in pictures:
        [found] = predictor.predict_images([picture])
        image, transform = resize(picture, card.image_size, card.resize_mode)
        examples.append(_example(predictor, localizer, name, image, found, transform, None))
    return examples


def _chosen(
    predictor: Predictor, answers: Answers, worst: int, random: int, seed: int
) -> list[int]:
    card = predictor.engine.card
    report = report_on(
        answers, card.class_names, score_threshold=card.score_threshold, typical=None
    )
    order = [int(index) for index in report.worst_first()]
    rest = np.random.default_rng(seed).permutation(np.array(order[worst:], np.int64))
    return [*order[:worst], *(int(index) for index in rest[:random])]


def _example(
    predictor: Predictor,
    localizer: "Localizer | None",
    name: str,
    image: UInt8[np.ndarray, "s s 3"],
    found: Detections,
    transform: Resize,
    truth: Truth | None,
) -> Example:
    threshold = predictor.engine.card.score_threshold
    near = None if truth is None else _missed(found.over(threshold), truth)
    if near is not None:
        near = transform.apply(near[None])[0]
    if localizer is not None:
        subject = best_subject(image, localizer(image[None], training=False), near)
        if not np.isfinite([subject.score, *subject.box]).all():
            raise ConfigError(
                f"model: its answer about {name} is no number, as of a training that diverged; "
                "there is nothing to explain"
            )
    else:
        subject = _of_detection(image, found, transform)
    boxes = None if truth is None else transform.apply(truth.boxes[~truth.ignore])
    return Example(name, subject, _is_detection(subject, found.over(threshold), transform), boxes)


def _is_detection(subject: Subject, found: Detections, transform: Resize) -> bool:
    """Whether one of the detections is the subject, or has suppressed it as the same."""
    overlap = geometry.iou(transform.apply(found.boxes), subject.box[None])
    return bool(((overlap >= FOUND_IOU) & (found.labels == subject.label)).any())


def _missed(found: Detections, truth: Truth) -> Float32[np.ndarray, "4"] | None:
    """The first object that no detection answers for with an IoU of .5; None if there is none."""
    missed = np.flatnonzero(match([found], [truth]).object_iou < FOUND_IOU)
    return truth.boxes[~truth.ignore][missed[0]] if len(missed) else None


def _of_detection(
    image: UInt8[np.ndarray, "s s 3"], found: Detections, transform: Resize
) -> Subject:
    """The best detection; the whole picture with a score of 0 where there is none."""
    if not len(found):
        side = float(image.shape[0])
        return Subject(image, -1, np.array([0, 0, side, side], np.float32), 0, 0.0)
    box = transform.apply(found.boxes[:1])[0].astype(np.float32)
    return Subject(image, -1, box, int(found.labels[0]), float(found.scores[0]))
