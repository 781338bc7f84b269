"""Measuring a model on one split of a dataset: the same at the end of training and afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float32

from objloc.data.batch_form import BatchForm
from objloc.data.batches import eval_batches
from objloc.data.sample_source import SampleSource
from objloc.data.truth import Truth
from objloc.evaluation.analysis import Analysis, analyse
from objloc.evaluation.baselines import mean_box
from objloc.evaluation.detections import Detections
from objloc.evaluation.evaluation import evaluate
from objloc.evaluation.prediction import predict_batches
from objloc.evaluation.predictor import Predictor
from objloc.evaluation.report import Report

# A thousand boxes place the baseline's corners to about a hundredth of the picture.
_SAMPLES_OF_TYPICAL_BOX = 1000


@dataclass(frozen=True)
class Answers:
    """What a model says about the images of a split, in order, beside what is there.

    Attributes:
        detections: one entry an image, at every score.
        truths: the same images' truth.
        images_per_second: how fast the model was; NaN where nothing was timed.
    """

    detections: Sequence[Detections]
    truths: Sequence[Truth]
    images_per_second: float


@dataclass(frozen=True)
class Measurement:
    """All that is known about a model on one split.

    Attributes:
        answers: what it said.
        report: the headline numbers and what became of each image.
        analysis: everything beyond them.
    """

    answers: Answers
    report: Report
    analysis: Analysis

    def metrics(self) -> dict[str, float]:
        """Every number by its name, without a split's prefix; NaN where nothing is measurable."""
        return {**self.report.metrics, **self.analysis.metrics()}


def answer(
    predictor: Predictor,
    source: SampleSource,
    form: BatchForm,
    *,
    workers: int = 0,
    limit_batches: int | None = None,
) -> Answers:
    """Has a model look at every image of a split.

    Args:
        predictor: the model; its `batch_size` images are looked at at once.
        source: the images.
        form: what they are brought to.
        workers: processes that make batches.
        limit_batches: batches at most; None for all.
    """
    batches = eval_batches(source, batch_size=predictor.batch_size, form=form, workers=workers)
    with batches:
        found, truths = predict_batches(predictor, islice(batches, limit_batches))
    return Answers(found, truths, predictor.images_per_second)


def typical_box(training: SampleSource) -> Float32[np.ndarray, "4"]:
    """The mean box of a training split, normalised: what one would answer without looking."""
    count = min(len(training), _SAMPLES_OF_TYPICAL_BOX)
    return mean_box(training.sample(0, index) for index in range(count))


def report_on(
    answers: Answers,
    class_names: Sequence[str],
    *,
    score_threshold: float,
    typical: Float32[np.ndarray, "4"] | None,
) -> Report:
    """The headline numbers of a model's answers.

    Args:
        answers: at every score.
        class_names: names of the labels.
        score_threshold: from which score on a detection counts.
        typical: the baseline's box (`typical_box`), or None to leave that baseline out.
    """
    return evaluate(
        answers.detections,
        answers.truths,
        class_names,
        score_threshold=score_threshold,
        mean_box=typical,
        images_per_second=answers.images_per_second,
    )


def measure(
    answers: Answers,
    class_names: Sequence[str],
    *,
    score_threshold: float,
    typical: Float32[np.ndarray, "4"] | None,
) -> Measurement:
    """Report and analysis of a model's answers; arguments as `report_on`'s."""
    report = report_on(answers, class_names, score_threshold=score_threshold, typical=typical)
    analysis = analyse(
        answers.detections, answers.truths, class_names, score_threshold=score_threshold
    )
    return Measurement(answers, report, analysis)
