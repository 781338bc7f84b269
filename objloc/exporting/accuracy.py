"""How good a model is on a split: what is compared before and after it is put in whole numbers."""

from collections.abc import Callable

from objloc.data.batch_form import BatchForm
from objloc.data.sample_source import SampleSource
from objloc.evaluation import Predictor
from objloc.evaluation.engine import Engine
from objloc.evaluation.measurement import answer, report_on

METRICS = ("mean_iou", "localization_accuracy", "ap")


def accuracy_on(
    source: SampleSource,
    form: BatchForm,
    *,
    batch_size: int,
    workers: int = 0,
    limit_batches: int | None = None,
) -> Callable[[Engine], dict[str, float]]:
    """What measures an engine on a split; arguments as those of `objloc.evaluation`'s `answer`."""

    def measure(engine: Engine) -> dict[str, float]:
        predictor = Predictor(engine, batch_size)
        answers = answer(predictor, source, form, workers=workers, limit_batches=limit_batches)
        report = report_on(
            answers,
            engine.card.class_names,
            score_threshold=engine.card.score_threshold,
            typical=None,
        )
        return {"pictures": float(len(answers.truths))} | {
            name: report.metrics[name] for name in METRICS
        }

    return measure
