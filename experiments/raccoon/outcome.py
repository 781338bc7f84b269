"""What a trained fold says about each photograph of its test split."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf

from objloc.config import build
from objloc.data import FileDataset
from objloc.errors import TrackingError
from objloc.training.quiet_import import quiet_import

KEPT = (
    "mean_iou",
    "localization_accuracy",
    "ap",
    "ap50",
    "ap75",
    "mean_box_iou",
    "whole_image_iou",
)


@dataclass(frozen=True)
class Outcome:
    """One fold of one seed.

    Attributes:
        arm: name in `ARMS`.
        seed: of the training.
        fold: that was tested.
        test: metric of the test split → value; see `KEPT`.
        pictures: file → (objects, sum of their IoUs, whether the picture is right).
        minutes: of training this fold, its share of the start of the process included.
        before: minutes of the training before, which serves all folds.
        date: day of the training, ISO 8601.
    """

    arm: str
    seed: int
    fold: int
    test: Mapping[str, float]
    pictures: Mapping[str, tuple[int, float, bool]]
    minutes: float
    before: float
    date: str


def read_outcome(
    folder: Path, arm: str, seed: int, fold: int, minutes: float, before: float, date: str
) -> Outcome:
    """Load the model of a run and look at its test photographs again.

    Raises:
        ValueError: the numbers are not those that the training reported.
    """
    with quiet_import():
        importlib.import_module("keras")
    from objloc.evaluation import Predictor
    from objloc.evaluation.measurement import answer, measure
    from objloc.models import KerasEngine
    from objloc.tracking import find_trained_model
    from objloc.training import prepare

    trained = find_trained_model(str(folder))
    if trained.config is None:
        raise TrackingError(f"{folder}: {trained.config_from}")
    config = OmegaConf.create(dict(trained.config))
    trainer = config.trainer
    prepare(  # another number of threads adds up in another order
        seed=config.seed,
        precision=trainer.precision,
        threads=trainer.threads,
        deterministic=trainer.deterministic,
    )
    dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    assert isinstance(dataset, FileDataset)
    localizer = trained.load()
    source = dataset.split("test")
    predictor = Predictor(KerasEngine(localizer), batch_size=trainer.eval_batch_size)
    report = measure(
        answer(predictor, source, dataset.batch_form, limit_batches=config.trainer.limit_val_steps),
        localizer.class_names,
        score_threshold=localizer.score_threshold,
        typical=None,
    ).report
    said = json.loads((folder / "report.json").read_text(encoding="utf-8"))["test"]
    for name in ("mean_iou", "ap"):
        if said[name] != report.metrics[name]:
            raise ValueError(f"{folder}: {name} was {said[name]}, is {report.metrics[name]}")
    objects = report.per_image["objects"]
    total = np.where(objects > 0, report.per_image["iou"] * objects, 0.0)
    looked_at = source.labels.files[: len(objects)]  # a debug run takes fewer
    rows = zip(looked_at, objects, total, report.per_image["right"], strict=True)
    return Outcome(
        arm=arm,
        seed=seed,
        fold=fold,
        test={name: float(said[name]) for name in KEPT},
        pictures={name: (int(n), round(float(iou), 6), bool(ok)) for name, n, iou, ok in rows},
        minutes=minutes,
        before=before,
        date=date,
    )
