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


def test_an_average_is_kept_on_request_and_the_weights_stay_raw() -> None:
    assert not optimizers.adam(**COURSE).use_ema
    optimizer = optimizers.adam(**COURSE, ema=0.9)
    assert (optimizer.use_ema, optimizer.ema_momentum) == (True, 0.9)
    assert optimizer.ema_overwrite_frequency is None
