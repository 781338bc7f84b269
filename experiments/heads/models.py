"""Looks at the trained models of a task: how fast they answer, and what, on the same pictures."""

import importlib
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from omegaconf import OmegaConf

from experiments.heads.record import Speed
from objloc.config import build
from objloc.data import BatchForm, SampleSource
from objloc.data.drawing import Colour, draw_boxes, tile
from objloc.data.resize import resize
from objloc.errors import TrackingError
from objloc.training.quiet_import import quiet_import

if TYPE_CHECKING:
    from objloc.data import Truth
    from objloc.evaluation import Detections, Predictor

BATCH = 32
COLUMNS = 5
_ROUNDS = 7


def look(task: str, folders: Mapping[str, Path]) -> tuple[list[Speed], np.ndarray]:
    """Load each model, time it, and have it answer the first pictures of the test split.

    Args:
        task: name in `TASKS`.
        folders: head to the folder of its run.

    Returns:
        The speeds, and a sheet uint8 (H, W, 3) with a row of the same pictures for each head.
    """
    with quiet_import():
        importlib.import_module("keras")
    from objloc.evaluation import Predictor
    from objloc.evaluation.measurement import answer
    from objloc.models import KerasEngine
    from objloc.tracking import find_trained_model

    speeds, cells = [], []
    for head, folder in folders.items():
        trained = find_trained_model(str(folder))
        if trained.config is None:
            raise TrackingError(f"{folder}: {trained.config_from}")
        config = OmegaConf.create(dict(trained.config))
        dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
        source, form = dataset.split("test"), dataset.batch_form
        localizer = trained.load()
        predictor = Predictor(KerasEngine(localizer), batch_size=COLUMNS)
        answers = answer(predictor, source, form, limit_batches=1)
        for index, (truth, found) in enumerate(
            zip(answers.truths, answers.detections, strict=True)
        ):
            picture = _fed(source, form, index)
            cells.append(_drawn(picture, truth, found.over(localizer.score_threshold)))
        pictures = [_fed(source, form, index % len(source)) for index in range(BATCH)]
        alone = _seconds(Predictor(KerasEngine(localizer), batch_size=1), pictures[:1])
        together = _seconds(Predictor(KerasEngine(localizer), batch_size=BATCH), pictures)
        speeds.append(Speed(task, head, 1000 * alone, BATCH / together))
    return speeds, tile(cells, columns=len(cells) // len(folders))


def _fed(source: SampleSource, form: BatchForm, index: int) -> np.ndarray:
    """A picture as the model is fed it, uint8 (S, S, 3)."""
    pixels, _ = resize(source.sample(0, index).image, form.image_size, form.resize_mode)
    return pixels


def _seconds(predictor: "Predictor", pictures: list[np.ndarray]) -> float:
    """Seconds that an answer to all pictures takes; the first call compiles and is left out."""
    calls = max(1, round(BATCH / len(pictures)))
    predictor.predict_images(pictures)
    rounds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            predictor.predict_images(pictures)
        rounds.append((time.perf_counter() - start) / calls)
    return statistics.median(rounds)


def _drawn(picture: np.ndarray, truth: "Truth", found: "Detections") -> np.ndarray:
    """Truth and detections as frames without words: many are close together."""
    from objloc.evaluation import match
    from objloc.training.prediction_sheet import RIGHT_COLOUR, TRUTH_COLOUR, WRONG_COLOUR

    matches = match([found], [truth])
    colours: list[Colour] = [TRUTH_COLOUR] * len(truth.boxes)
    for label, target in zip(found.labels, matches.detection_object, strict=True):
        right = target >= 0 and matches.object_label[target] == label
        colours.append(RIGHT_COLOUR if right else WRONG_COLOUR)
    boxes = np.concatenate([truth.boxes, found.boxes])
    apply = truth.transform.apply
    return draw_boxes(picture, apply(boxes), [""] * len(boxes), colours)
