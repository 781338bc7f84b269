"""Builds the Keras optimizers that `conf/optimizer` names, with schedule, clipping and EMA."""

from typing import Any, TypedDict, Unpack

import keras

from objloc.training.averaging import Averaging
from objloc.training.late_start import LateStart
from objloc.training.schedules import ScheduleName, build_schedule
from objloc.training.summed_gradients import SummedGradients

# Biases and the scales and shifts of normalisations are not decayed: pulling them to zero does
# not make a network simpler, it only moves activations. TensorFlow hands over a variable's full
# path with ":0" behind, other backends its bare name; both match.
NO_WEIGHT_DECAY = r"(^|/)(bias|gamma|beta)(:\d+)?$"


class Adam(SummedGradients, LateStart, Averaging, keras.optimizers.Adam):
    """Keras' Adam, with averages and late weights."""


class AdamW(SummedGradients, LateStart, Averaging, keras.optimizers.AdamW):
    """Keras' AdamW, with averages and late weights."""


class SGD(SummedGradients, Averaging, keras.optimizers.SGD):
    """Keras' SGD, with averages."""


class Course(TypedDict, total=False):
    """What every optimizer here takes.

    Keys:
        learning_rate: the highest rate.
        total_steps: training steps of the whole run.
        steps_per_epoch: training steps of one epoch.
        schedule: course of the rate after the warm-up, see `WarmupSchedule`; default "cosine".
        warmup: below 1 a share of all steps, from 1 on a number of epochs; default 0.
        step_epochs: epochs between two drops of the schedule "step"; default 5.
        step_factor: what such a drop multiplies the rate with; default 0.2.
        final_share: the lowest rate as a share of `learning_rate`; default 0.
        clip_norm: largest norm of all gradients together; None, the default, for no clipping.
        ema: momentum of an exponential moving average of the weights, or None, the default.
            `objloc.training.fit` evaluates with the average and ends with it.
        ema_ramp: how long that momentum takes to grow, see `Averaging`: below 1 a share of all
            steps, from 1 on a number of epochs; 0, the default, for no ramp.
    """

    learning_rate: float
    total_steps: int
    steps_per_epoch: int
    schedule: ScheduleName
    warmup: float
    step_epochs: float
    step_factor: float
    final_share: float
    clip_norm: float | None
    ema: float | None
    ema_ramp: float


def adam(
    *,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **course: Unpack[Course],
) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba, 2015).

    Args:
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of squared gradients.
        epsilon: added to the denominator.
        **course: rate, schedule, clipping and EMA, see `Course`.
    """
    return Adam(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, **_arguments(**course))


def adamw(
    *,
    weight_decay: float = 0.01,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **course: Unpack[Course],
) -> keras.optimizers.Optimizer:
    """AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    Args:
        weight_decay: share of a weight taken off per step, times the learning rate; biases and
            normalisations are left alone.
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of squared gradients.
        epsilon: added to the denominator.
        **course: rate, schedule, clipping and EMA, see `Course`.
    """
    optimizer = AdamW(
        weight_decay=weight_decay,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
        **_arguments(**course),
    )
    optimizer.exclude_from_weight_decay(var_names=[NO_WEIGHT_DECAY])
    return optimizer


def sgd(
    *,
    momentum: float = 0.9,
    nesterov: bool = True,
    weight_decay: float | None = None,
    **course: Unpack[Course],
) -> keras.optimizers.Optimizer:
    """Stochastic gradient descent with momentum.

    Args:
        momentum: share of the last step that goes into the next.
        nesterov: look ahead along the momentum (Nesterov, 1983).
        weight_decay: decoupled, as in `adamw`, or None.
        **course: rate, schedule, clipping and EMA, see `Course`.
    """
    optimizer = SGD(
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=weight_decay,
        **_arguments(**course),
    )
    if weight_decay is not None:
        optimizer.exclude_from_weight_decay(var_names=[NO_WEIGHT_DECAY])
    return optimizer


def _arguments(
    *,
    learning_rate: float,
    total_steps: int,
    steps_per_epoch: int,
    schedule: ScheduleName = "cosine",
    warmup: float = 0.0,
    step_epochs: float = 5,
    step_factor: float = 0.2,
    final_share: float = 0.0,
    clip_norm: float | None = None,
    ema: float | None = None,
    ema_ramp: float = 0.0,
) -> dict[str, Any]:
    """Return the arguments that every optimizer here takes alike."""
    rate = build_schedule(
        learning_rate,
        schedule=schedule,
        warmup=warmup,
        step_epochs=step_epochs,
        step_factor=step_factor,
        final_share=final_share,
        total_steps=total_steps,
        steps_per_epoch=steps_per_epoch,
    )
    return {
        "learning_rate": rate,
        "global_clipnorm": clip_norm,
        "ema": ema,
        "ramp_steps": ema_ramp * (total_steps if ema_ramp < 1 else steps_per_epoch),
    }
