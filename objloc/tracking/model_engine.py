"""A trained or exported model, made ready to answer."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objloc.decoding import Decoding
from objloc.engines import open_engine
from objloc.errors import ConfigError
from objloc.evaluation.engine import Engine
from objloc.training.quiet_import import quiet_import

if TYPE_CHECKING:
    from objloc.tracking.trained_model import TrainedModel


def model_engine(
    trained: "TrainedModel",
    *,
    seed: int = 0,
    precision: str = "float32",
    threads: int | None = None,
    deterministic: bool = True,
    score_threshold: float | None = None,
    decoding: Decoding | Mapping[str, Any] | None = None,
) -> Engine:
    """What runs a model: Keras, set up as for a training, or the runtime it was exported for.

    TensorFlow is loaded here where it is needed, and no earlier.

    Args:
        trained: the model.
        seed: as `objloc.training.prepare` takes it; what is exported has no use for it.
        precision: likewise.
        threads: of one call; None for one per core.
        deterministic: as `objloc.training.prepare` takes it.
        score_threshold: in place of the model's own, if not None.
        decoding: in place of the model's own, or values in place of some of it.

    Raises:
        ConfigError: an exported model has its decoding inside, and another one is asked for.
        ExportError: the exported model cannot be read.
        TrackingError: the trained model cannot be read.
    """
    if trained.is_exported:
        return _exported(trained, threads, score_threshold, decoding or {})
    with quiet_import():
        importlib.import_module("keras")
    from objloc.models import KerasEngine
    from objloc.training import prepare

    prepare(seed=seed, precision=precision, threads=threads, deterministic=deterministic)
    localizer = trained.load()
    if score_threshold is not None:
        localizer.score_threshold = score_threshold
    localizer.decoding = localizer.decoding.overruled(decoding or {})
    return KerasEngine(localizer)


def _exported(
    trained: "TrainedModel",
    threads: int | None,
    score_threshold: float | None,
    decoding: Decoding | Mapping[str, Any],
) -> Engine:
    engine = open_engine(Path(trained.source), threads)
    card = engine.card
    asked = card.decoding.overruled(decoding)
    if asked != card.decoding and card.decoding.in_graph:
        raise ConfigError(
            f"decoding: {trained.source} was exported with its decoding inside, which cannot be "
            "changed any more; take the trained model, or train or evaluate one with "
            "decoding.in_graph=false and export that"
        )
    threshold = card.score_threshold if score_threshold is None else score_threshold
    engine.card = replace(card, score_threshold=threshold, decoding=asked)
    return engine
