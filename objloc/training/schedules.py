"""Learning-rate schedules: a linear warm-up in front of a constant, step or cosine course."""

from typing import Literal

import keras
from keras import ops

ScheduleName = Literal["constant", "step", "cosine"]


@keras.saving.register_keras_serializable(package="objloc")
class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly to `peak` over `warmup_steps`, then follow one of three courses.

    The rate is a pure function of the optimizer's iteration count, so a resumed run, whose
    checkpoint holds that count, goes on where it was.

    Step s (from 0) of the warm-up has `peak * (s + 1) / warmup_steps`. After it, with
    t = s - warmup_steps:
        constant  peak
        step      peak * factor ** (t // step_every), never below `peak * final_share`
        cosine    from peak to `peak * final_share` along half a cosine over the remaining steps

    Args:
        peak: the highest rate.
        total_steps: training steps of the whole run, warm-up included.
        warmup_steps: steps of the warm-up; 0 for none.
        course: "constant", "step" or "cosine".
        step_every: steps between two drops (course "step").
        step_factor: what a drop multiplies the rate with (course "step").
        final_share: the lowest rate as a share of `peak` (courses "step" and "cosine").
    """

    def __init__(
        self,
        peak: float,
        total_steps: int,
        warmup_steps: int = 0,
        course: ScheduleName = "cosine",
        step_every: int = 1,
        step_factor: float = 0.1,
        final_share: float = 0.0,
    ) -> None:
        super().__init__()
        self.peak = peak
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps
        self.course = course
        self.step_every = step_every
        self.step_factor = step_factor
        self.final_share = final_share

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate of the step with this number (from 0)."""
        # Counted in float32: exact up to 16.7 million steps.
        step = ops.cast(step, "float32")
        after = ops.maximum(step - self.warmup_steps, 0.0)
        if self.course == "constant":
            rate = ops.ones_like(step) * self.peak
        elif self.course == "step":
            drops = ops.floor(after / self.step_every)
            share = ops.maximum(ops.power(self.step_factor, drops), self.final_share)
            rate = self.peak * share
        else:
            span = max(self.total_steps - self.warmup_steps, 1)
            done = ops.minimum(after / span, 1.0)
            half_cosine = 0.5 * (1.0 + ops.cos(3.141592653589793 * done))
            rate = self.peak * (self.final_share + (1.0 - self.final_share) * half_cosine)
        if self.warmup_steps == 0:
            return rate
        rising = self.peak * (step + 1.0) / self.warmup_steps
        return ops.where(step < self.warmup_steps, rising, rate)

    def get_config(self) -> dict[str, object]:
        """Return the arguments of `__init__`, for `model.save`."""
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "warmup_steps": self.warmup_steps,
            "course": self.course,
            "step_every": self.step_every,
            "step_factor": self.step_factor,
            "final_share": self.final_share,
        }


def build_schedule(
    learning_rate: float,
    *,
    schedule: ScheduleName,
    warmup: float,
    step_epochs: float,
    step_factor: float,
    final_share: float,
    total_steps: int,
    steps_per_epoch: int,
) -> float | WarmupSchedule:
    """Return what a Keras optimizer takes as `learning_rate`.

    Args:
        learning_rate: the highest rate.
        schedule: the course after the warm-up.
        warmup: below 1 a share of all steps, from 1 on a number of epochs; cut where the run is
            shorter.
        step_epochs: epochs between two drops (schedule "step").
        step_factor: what a drop multiplies the rate with (schedule "step").
        final_share: the lowest rate as a share of `learning_rate`.
        total_steps: training steps of the whole run.
        steps_per_epoch: training steps of one epoch.

    Returns:
        A plain float when the rate never changes (callbacks like Keras' ReduceLROnPlateau can
        then set it), else a schedule.
    """
    warmup_steps = round(warmup * (total_steps if warmup < 1 else steps_per_epoch))
    # A run cut short for a look (debug=smoke) still reaches its peak.
    warmup_steps = min(warmup_steps, max(total_steps - 1, 0))
    if schedule == "constant" and warmup_steps == 0:
        return float(learning_rate)
    return WarmupSchedule(
        peak=float(learning_rate),
        total_steps=total_steps,
        warmup_steps=warmup_steps,
        course=schedule,
        step_every=max(round(step_epochs * steps_per_epoch), 1),
        step_factor=step_factor,
        final_share=final_share,
    )
