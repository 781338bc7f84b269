import keras
import numpy as np
import pytest

from objloc.training.schedules import WarmupSchedule, build_schedule


def _rates(schedule: WarmupSchedule, steps: int) -> np.ndarray:
    return np.array([float(schedule(step)) for step in range(steps)])


def _build(**changes: object) -> float | WarmupSchedule:
    arguments = {
        "schedule": "cosine",
        "warmup": 0.0,
        "step_epochs": 1,
        "step_factor": 0.5,
        "final_share": 0.0,
        "total_steps": 10,
        "steps_per_epoch": 2,
    }
    return build_schedule(1.0, **{**arguments, **changes})


def test_cosine_after_a_warm_up_of_a_share_of_the_run() -> None:
    rates = _rates(_build(warmup=0.2, final_share=0.1), 11)
    wanted = [0.5, 1.0, 1.0]  # two steps up, then the cosine's first
    np.testing.assert_allclose(rates[:3], wanted, rtol=1e-6)
    assert rates[6] == pytest.approx(0.55)  # halfway: the mean of 1 and 0.1
    assert rates[10] == pytest.approx(0.1)
    assert (np.diff(rates[2:]) < 0).all()


def test_steps_fall_by_epochs_and_stop_at_the_floor() -> None:
    rates = _rates(_build(schedule="step", final_share=0.2), 8)
    np.testing.assert_allclose(rates, [1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2], rtol=1e-6)


def test_a_warm_up_in_epochs_before_a_constant() -> None:
    rates = _rates(_build(schedule="constant", warmup=2), 6)
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.75, 1, 1, 1], rtol=1e-6)


def test_a_warm_up_longer_than_the_run_is_cut() -> None:
    assert float(_build(warmup=50)(8)) == pytest.approx(1.0)


def test_a_constant_rate_stays_a_number_that_callbacks_can_set() -> None:
    assert _build(schedule="constant") == 1.0


def test_it_survives_keras_serialisation() -> None:
    schedule = _build(warmup=0.2)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    np.testing.assert_array_equal(_rates(again, 10), _rates(schedule, 10))
