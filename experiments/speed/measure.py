"""Measures how fast an experiment trains on real scenes, on one repeated batch, and makes scenes.

Real and repeated epochs take turns in one process, so that what else the machine does falls on
both alike. Both go through `objloc.training.fit` and its feed; the repeated ones are what
`trainer.overfit_batch` does.
"""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from experiments.machine import Machine
from objloc.config import allow, build, compose
from objloc.data import Dataset, train_batches

if TYPE_CHECKING:
    from objloc.models import Localizer


@dataclass(frozen=True)
class Speed:
    """What was measured of an experiment.

    Attributes:
        experiment: option of conf/experiment.
        overrides: further words of the command line.
        real: images/s of each real epoch.
        repeated: images/s of each epoch on one repeated batch.
        scenes_per_second: of the input pipeline alone, nothing trained beside it.
        cpu_seconds_per_scene: what a scene costs.
        steps: training steps of an epoch.
        date: ISO 8601.
        machine: what it ran on.
    """

    experiment: str
    overrides: tuple[str, ...]
    real: tuple[float, ...]
    repeated: tuple[float, ...]
    scenes_per_second: float
    cpu_seconds_per_scene: float
    steps: int
    date: str
    machine: Machine

    @property
    def ratios(self) -> list[float]:
        """Real over repeated, for each round."""
        return [real / repeated for real, repeated in zip(self.real, self.repeated, strict=True)]

    @property
    def core_share(self) -> float:
        """The share of one core that making scenes takes during training."""
        return statistics.median(self.real) * self.cpu_seconds_per_scene


def measure(experiment: str, overrides: tuple[str, ...], rounds: int, steps: int | None) -> Speed:
    """Measure an experiment.

    Args:
        experiment: option of conf/experiment.
        overrides: further words of the command line.
        rounds: real and repeated epochs, each.
        steps: steps of an epoch at most; None for the experiment's own.
    """
    config = compose([f"+experiment={experiment}", *overrides]).config
    trainer = config.trainer
    with allow(config.allowed_targets):
        from objloc.train import build_localizer
        from objloc.training import prepare, steps_per_epoch

        dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
        prepare(
            seed=config.seed,
            precision=trainer.precision,
            threads=trainer.threads,
            deterministic=trainer.deterministic,
        )
        localizer = build_localizer(config, dataset)
    steps = steps_per_epoch(
        len(dataset.split("train")), trainer.batch_size, steps or trainer.limit_steps
    )
    # Graphs are traced and memory is found before the first round.
    _epoch(config, localizer, dataset, steps=min(5, steps), repeat=False)
    real, repeated = [], []
    for number in range(rounds):
        real.append(_epoch(config, localizer, dataset, steps=steps, repeat=False))
        repeated.append(_epoch(config, localizer, dataset, steps=steps, repeat=True))
        print(
            f"{experiment}, round {number + 1}: {real[-1]:.0f} images/s real, "
            f"{repeated[-1]:.0f} repeated, ratio {real[-1] / repeated[-1]:.3f}",
            flush=True,
        )
    rate, cost = _scenes(config, dataset, batches=min(40, steps))
    return Speed(
        experiment=experiment,
        overrides=overrides,
        real=tuple(real),
        repeated=tuple(repeated),
        scenes_per_second=rate,
        cpu_seconds_per_scene=cost,
        steps=steps,
        date=time.strftime("%Y-%m-%d"),
        machine=Machine.here(),
    )


def _epoch(
    config: DictConfig, localizer: "Localizer", dataset: Dataset, *, steps: int, repeat: bool
) -> float:
    """Images/s of the training steps of one epoch, as a run reports it."""
    from objloc.training import fit

    with tempfile.TemporaryDirectory() as folder:
        result = fit(
            localizer,
            dataset,
            batch_size=config.trainer.batch_size,
            epochs=1,
            run_dir=Path(folder),
            workers=config.trainer.workers,
            seed=config.seed,
            limit_steps=steps,
            limit_val_steps=0,
            overfit_batch=repeat,
        )
    return result.images_per_second


def _scenes(config: DictConfig, dataset: Dataset, *, batches: int) -> tuple[float, float]:
    """Scenes per second of the input pipeline alone, and CPU seconds per scene."""
    size = config.trainer.batch_size
    with train_batches(
        dataset.split("train"),
        batch_size=size,
        form=dataset.batch_form,
        seed=config.seed,
        start_step=0,
        num_steps=batches + 5,
        workers=0,
    ) as stream:
        # Four batches are made ahead: by the fifth the thread is at its own pace.
        for _ in range(5):
            next(stream)
        start, cpu = time.perf_counter(), time.process_time()
        for _ in stream:
            pass
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    scenes = batches * size
    return scenes / seconds, cpu_seconds / scenes
