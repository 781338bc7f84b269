"""Records how the model learns, for `objloc.insight.learning` to show."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops

from objloc.insight.learning.epoch_measures import EpochMeasures
from objloc.insight.learning.frame import Frame
from objloc.insight.learning.setting import LearningSetting
from objloc.insight.learning.stored import (
    FOLDER,
    file_name,
    is_recorded,
    recorded_files,
    to_bytes,
)
from objloc.training.callbacks.own_time import OwnTime, epochs_between
from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.learning_measurer import LearningMeasurer, PartLosses
from objloc.training.run_folder import write_atomically, writing

log = logging.getLogger(__name__)

# How many pictures could be learned from in the time of one that is looked at; measured with the
# experiment multiclass.
_LOOK_COST, _GRADIENT_COST = 0.35, 12.0


class LearningRecord(TrainingCallback):
    """Measure losses, floors, gradients, updates and IoUs by epoch, and film the answers.

    It goes to the run's folder, one file a moment (`objloc.insight.learning.stored`), and in short
    to the run logger as `learn/…`; the film is made when training ends. Training stays what it is,
    bit for bit: the model is only asked, and as it answers (`LearningMeasurer`).

    Losses and gradients on training pictures are of the weights that training changes, right after
    the epoch's last step; what is measured on validation is of the weights that are evaluated. The
    film also has the moments after 0, 1, 2, 4, 8, … steps, as most happens there; these show the
    former weights.

    Args:
        every_epochs: epochs between two looks at validation: losses, IoUs and the film. There is
            always one before the first step and after the last epoch. None for as many as keep the
            cost at about a hundredth of the training.
        gradients_every_epochs: the same for gradients and updates, which take longer.
        val_pictures: validation pictures that losses and IoUs are of, the first ones.
        train_pictures: training pictures that losses and gradients are of, the first ones.
        film_pictures: validation pictures in the film.
    """

    def __init__(
        self,
        every_epochs: int | None = None,
        gradients_every_epochs: int | None = None,
        val_pictures: int = 64,
        train_pictures: int = 8,
        film_pictures: int = 6,
    ) -> None:
        super().__init__()
        self.every_epochs = every_epochs
        self.gradients_every_epochs = gradients_every_epochs
        self.val_pictures = val_pictures
        self.train_pictures = train_pictures
        self.film_pictures = film_pictures
        self._context: FitContext | None = None
        self._measurer: LearningMeasurer | None = None
        self._time = OwnTime()
        self._before: list[np.ndarray] | None = None
        self._trained: tuple[PartLosses, np.ndarray, np.ndarray] | None = None

    def attach(self, context: FitContext) -> None:
        """Take the run, and read the pictures: while nothing else reads any."""
        self._context, self._time = context, OwnTime()
        self._before, self._trained = None, None
        with self._time.counted():
            self._measurer = LearningMeasurer(
                self.model,
                context.dataset,
                self.val_pictures,
                self.train_pictures,
                self.film_pictures,
                context.batch_size,
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Before the first step, measure what the model knows from the start."""
        assert self._context is not None
        steps = int(ops.convert_to_numpy(self.model.optimizer.iterations))
        with self._time.counted():
            if steps == 0 or not is_recorded(self._context.run_dir):
                self._begin(first=steps == 0)
            self._keep_weights(steps)

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        """Measure what depends on the weights that training changes."""
        assert self._context is not None
        assert self._measurer is not None
        steps = epoch * self._context.steps_per_epoch + step
        with self._time.counted():
            if step < self._context.steps_per_epoch:
                self._keep_weights(steps)
                if steps & (steps - 1) == 0:
                    self._write(self._measurer.glance(steps))
            elif self._before is not None:
                ratios = self._measurer.update_ratios(self._before)
                self._trained = (*self._measurer.train_gradients(), ratios)
                self._before = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure the rest, write and log it."""
        assert self._context is not None
        with self._time.counted():
            due = self._is_due(epoch + 1, self._between_looks()) or self.model.stop_training
            if due or self._trained is not None:
                self._measure(epoch + 1)
        self._context.logger.log_metrics({"learn/seconds_share": self._time.share}, epoch + 1)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Make the film, and hand the record to the run logger."""
        assert self._context is not None
        # Here, not above: only what is seen is drawn.
        from objloc.insight.learning.film import film_of
        from objloc.insight.learning.stored import read_learning

        with self._time.counted():
            film = film_of(read_learning(self._context.run_dir))
            for name, content in ({} if film is None else film.files()).items():
                write_atomically(self._folder / name, content)
                self._context.logger.log_file(self._folder / name, FOLDER)
            for file in recorded_files(self._context.run_dir):
                self._context.logger.log_file(file, FOLDER)
        log.info("the learning record took %.1f %% of the training", 100 * self._time.share)

    def close(self) -> None:
        """Let go of the pictures."""
        self._measurer, self._before = None, None

    def get_state(self) -> dict[str, Any]:
        """Return the seconds so far."""
        return self._time.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on counting seconds; all else is in files."""
        self._time.set_state(state)

    @property
    def _folder(self) -> Path:
        assert self._context is not None
        return self._context.run_dir / FOLDER

    def _begin(self, first: bool) -> None:
        """Forget an earlier run's record; begin with the untrained model, if this is it still."""
        assert self._context is not None
        assert self._measurer is not None
        with writing(self._context.run_dir):
            self._folder.mkdir(exist_ok=True)
            for file in recorded_files(self._context.run_dir):
                file.unlink()
        self._write(self._measurer.setting(self._context.epochs, self._context.steps_per_epoch))
        if first:
            ratios = np.full(len(self._measurer.layers), np.nan)
            self._trained = (*self._measurer.train_gradients(), ratios)
            self._measure(0)

    def _keep_weights(self, steps: int) -> None:
        """Keep a copy of the weights if the next step is the last of its epoch."""
        assert self._context is not None
        assert self._measurer is not None
        epoch, step = divmod(steps, self._context.steps_per_epoch)
        last = step == self._context.steps_per_epoch - 1
        if last and self._is_due(epoch + 1, self._between_gradients()):
            self._before = self._measurer.weights_now()

    def _is_due(self, epoch: int, every: int) -> bool:
        """Is there something to do after so many epochs that is done every so many?"""
        assert self._context is not None
        return epoch % every == 0 or epoch == self._context.epochs

    def _between_looks(self) -> int:
        return self.every_epochs or self._epochs_between(_LOOK_COST * self.val_pictures)

    def _between_gradients(self) -> int:
        cost = _GRADIENT_COST * self.train_pictures
        return self.gradients_every_epochs or self._epochs_between(cost)

    def _epochs_between(self, cost: float) -> int:
        assert self._context is not None
        return epochs_between(cost, self._context.steps_per_epoch * self._context.batch_size)

    def _measure(self, epoch: int) -> None:
        """Measure on validation; write and log it, with what was measured on training pictures."""
        assert self._context is not None
        assert self._measurer is not None
        parts, layers = len(self._measurer.parts), len(self._measurer.layers)
        nothing = np.full(parts, np.nan)
        train, products, update_ratios = self._trained or (
            PartLosses(nothing, nothing),
            np.full((layers, parts, parts), np.nan),
            np.full(layers, np.nan),
        )
        self._trained = None
        validation, ious, frame = self._measurer.validation(epoch * self._context.steps_per_epoch)
        measures = EpochMeasures(
            epoch=epoch,
            train_losses=train.losses,
            train_floors=train.floors,
            val_losses=validation.losses,
            val_floors=validation.floors,
            products=products,
            update_ratios=update_ratios,
            ious=ious,
        )
        self._write(measures)
        self._write(frame)
        found = _metrics(measures, self._measurer)
        finite = {name: value for name, value in found.items() if np.isfinite(value)}
        self._context.logger.log_metrics(finite, epoch)

    def _write(self, part: LearningSetting | EpochMeasures | Frame) -> None:
        write_atomically(self._folder / file_name(part), to_bytes(part))


def _metrics(measures: EpochMeasures, measurer: LearningMeasurer) -> dict[str, float]:
    """The measures in short, as `learn/…`."""
    parts = measurer.parts
    found: dict[str, float] = {}
    for name, values in (
        ("loss", measures.val_losses),
        ("floor", measures.val_floors),
        ("excess", measures.val_excess),
        ("train_excess", measures.train_excess),
        ("gradient", measures.part_norms()),
    ):
        found |= {f"learn/{name}_{part}": float(v) for part, v in zip(parts, values, strict=True)}
    cosines = measures.cosines(measurer.on_backbone())
    for row, first in enumerate(parts):
        for column in range(row):
            found[f"learn/cosine_{parts[column]}_{first}"] = float(cosines[row, column])
    ratios = measures.update_ratios[np.isfinite(measures.update_ratios)]
    if len(ratios):
        found["learn/update_ratio"] = float(np.median(ratios))
    if len(measures.ious):
        found["learn/median_iou"] = float(np.median(measures.ious))
    return found
