import json
from types import SimpleNamespace

import pytest

from objloc.errors import TrainingError
from objloc.training.callbacks import EarlyStopping


def _callback(**arguments: object) -> EarlyStopping:
    callback = EarlyStopping("val/mean_iou", **{"patience": 2, **arguments})
    callback.set_model(SimpleNamespace(stop_training=False))
    return callback


def _feed(callback: EarlyStopping, *values: float) -> int | None:
    """The epoch, counted over these values, at which training stops."""
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_mean_iou": value})
        if callback.model.stop_training:
            return epoch
    return None


def test_it_waits_for_its_patience_and_starts_over_on_improvement() -> None:
    assert _feed(_callback(), 0.5, 0.4, 0.6, 0.6, 0.5) == 4
    assert _feed(_callback(mode="min"), 0.5, 0.4, 0.3, 0.2) is None
    assert _feed(_callback(min_delta=0.2), 0.5, 0.6, 0.65) == 2
    assert _feed(_callback(start_from_epoch=2), 0.9, 0.8, 0.1, 0.2) is None


def test_nan_is_no_improvement() -> None:
    assert _feed(_callback(), 0.5, float("nan"), float("nan")) == 2


def test_a_resumed_callback_goes_on_counting() -> None:
    first = _callback()
    _feed(first, 0.5, 0.4)
    second = _callback()
    second.set_state(json.loads(json.dumps(first.get_state())))
    assert _feed(second, 0.4) == 0


def test_an_unknown_metric_is_named_with_those_there_are() -> None:
    with pytest.raises(TrainingError, match=r"no metric 'val/mean_iou'.* val/loss"):
        _callback().on_epoch_end(0, {"val_loss": 1.0})
