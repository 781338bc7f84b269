import math

import keras
import numpy as np
import pytest

from objloc.training import optimizers

COURSE = {"learning_rate": 0.1, "schedule": "constant", "total_steps": 10, "steps_per_epoch": 5}


def _layers() -> keras.Sequential:
    layers = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    return keras.Sequential(layers)


@pytest.mark.parametrize("make", [optimizers.adamw, optimizers.sgd])
def test_decay_spares_biases_and_norms(make: type) -> None:
    model = _layers()
    for weight in model.trainable_variables:
        weight.assign(np.ones(weight.shape))
    optimizer = make(**COURSE, weight_decay=0.5)
    zeros = [np.zeros(weight.shape, "float32") for weight in model.trainable_variables]
    optimizer.apply(
        [keras.ops.convert_to_tensor(zero) for zero in zeros], model.trainable_variables
    )
    kernel, *rest = (weight.numpy() for weight in model.trainable_variables)
    np.testing.assert_allclose(kernel, 1 - 0.1 * 0.5, rtol=1e-6)
    for weight in rest:
        np.testing.assert_array_equal(weight, 1)


def test_the_norm_of_all_gradients_together_is_clipped() -> None:
    weights = [keras.Variable(np.zeros(1, "float32")), keras.Variable(np.zeros(1, "float32"))]
    optimizer = optimizers.sgd(**COURSE, momentum=0.0, nesterov=False, clip_norm=1.0)
    optimizer.apply([keras.ops.convert_to_tensor([value]) for value in (3.0, 4.0)], weights)
    # Norm 5 is brought to 1: gradients .6 and .8, times the rate.
    np.testing.assert_allclose([w.numpy()[0] for w in weights], [-0.06, -0.08], rtol=1e-5)


def _averages(ema: float, ramp: float, values: list[float]) -> list[float]:
    """The average after each step, of a weight that has one value after the other."""
    weight = keras.Variable(0.0)
    optimizer = optimizers.sgd(**COURSE, ema=ema, ema_ramp=ramp)
    optimizer.build([weight])
    seen = []
    for value in values:
        weight.assign(value)
        optimizer.apply([keras.ops.convert_to_tensor(0.0)], [weight])
        seen.append(float(optimizer.averaged.averages[0]))
    return seen


def test_an_average_is_kept_on_request() -> None:
    assert optimizers.adam(**COURSE).ema is None
    # It begins with the first weights: 4, then 4 - .1 (4 - 8), then 4.4 - .1 (4.4 - 1).
    assert _averages(0.9, 0.0, [4, 8, 1]) == pytest.approx([4, 4.4, 4.06])


def test_the_momentum_of_an_average_grows() -> None:
    # A ramp of .2 of 10 steps: 2 steps. The momentum after step t is .9 (1 - exp(-t / 2)).
    first = (1 - 0.9 * (1 - math.exp(-0.5))) * 4
    momentum = 0.9 * (1 - math.exp(-1))
    second = momentum * first + (1 - momentum) * 8
    assert _averages(0.9, 0.2, [4, 8])[1] == pytest.approx(second, rel=1e-5)
    # From 1 on epochs: 2 epochs of 5 steps.
    momentum = 0.9 * (1 - math.exp(-0.1))
    assert _averages(0.9, 2.0, [4])[0] == pytest.approx((1 - momentum) * 4, rel=1e-5)


def test_what_a_step_does_not_change_is_not_averaged() -> None:
    moved, still = keras.Variable(np.ones(2, "float32")), keras.Variable(np.full(2, 0.1, "float32"))
    optimizer = optimizers.adamw(**COURSE, ema=0.998)
    optimizer.build([moved, still])
    for source, average in zip(
        optimizer.averaged.sources, optimizer.averaged.averages, strict=True
    ):
        average.assign(source)
    for _ in range(5):
        optimizer.apply([keras.ops.ones(2)], [moved])
    np.testing.assert_array_equal(optimizer.averaged.averages[1], still.numpy())
    assert (optimizer.averaged.averages[0].numpy() < 1).all()
