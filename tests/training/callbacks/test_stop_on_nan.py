import pytest

from objloc.errors import TrainingError
from objloc.training.callbacks import StopOnNaN, stop_on_nan


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_on_nan, "SECONDS_BETWEEN_CHECKS", 0.0)


def test_it_names_epoch_step_and_part() -> None:
    callback = StopOnNaN()
    callback.on_epoch_begin(1)
    callback.on_step(1, 1, {"loss": 1.0, "loss_box": 1.0})
    with pytest.raises(TrainingError, match=r"epoch 2, step 2, loss_box\. Try a lower"):
        callback.on_step(1, 2, {"loss": float("nan"), "loss_box": float("inf"), "loss_class": 1.0})


def test_a_range_is_named_where_steps_were_not_looked_at() -> None:
    callback = StopOnNaN()
    callback.on_epoch_begin(0)
    with pytest.raises(TrainingError, match="between steps 1 and 9, loss"):
        callback.on_step(0, 9, {"loss": float("inf")})


def test_validation_is_looked_at_too() -> None:
    with pytest.raises(TrainingError, match="validation loss is no number: epoch 1, val_loss"):
        StopOnNaN().on_epoch_end(0, {"loss": 1.0, "val_loss": float("nan")})
