"""Shows every few epochs what the model makes of the same validation images."""

from typing import Any

from objloc.data import EvalBatch, eval_batches
from objloc.evaluation import Predictor, evaluate, predict_batches
from objloc.models import KerasEngine
from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.prediction_sheet import prediction_sheet, save_picture
from objloc.training.run_folder import RunFolder


class PredictionPictures(TrainingCallback):
    """Log a contact sheet of fixed validation images, truth and prediction drawn, worst first.

    It goes to the run logger and to the run's folder as `pictures/epoch_<number>.png`.

    Args:
        every_epochs: epochs between two sheets; there is always one after the last epoch.
        images: number of images, the first ones of the validation split.
        columns: images in a row.
    """

    def __init__(self, every_epochs: int = 5, images: int = 16, columns: int = 4) -> None:
        super().__init__()
        self.every_epochs = every_epochs
        self.images = images
        self.columns = columns
        self._context: FitContext | None = None
        self._batch: EvalBatch | None = None
        self._predictor: Predictor | None = None

    def attach(self, context: FitContext) -> None:
        """Take the run; images and predictor are made when they are first needed."""
        self._context, self._batch, self._predictor = context, None, None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Make and log the sheet if one is due."""
        assert self._context is not None
        last = epoch + 1 == self._context.epochs or self.model.stop_training
        if last or (epoch + 1) % self.every_epochs == 0:
            self._show(self._context, epoch)

    def close(self) -> None:
        """Let go of the images."""
        self._batch, self._predictor = None, None

    def _show(self, context: FitContext, epoch: int) -> None:
        if self._batch is None:
            self._batch = _first_images(context, self.images)
        if self._batch is None:
            return
        if self._predictor is None:
            self._predictor = Predictor(KerasEngine(self.model))
        detections, truths = predict_batches(self._predictor, [self._batch])
        report = evaluate(
            detections,
            truths,
            context.dataset.class_names,
            score_threshold=self.model.score_threshold,
        )
        sheet = prediction_sheet(
            dict(enumerate(self._batch.images)),
            truths,
            detections,
            context.dataset.class_names,
            score_threshold=self.model.score_threshold,
            order=report.worst_first(),
            columns=self.columns,
        )
        name = f"epoch_{epoch + 1:03d}.png"
        save_picture(sheet, RunFolder(context.run_dir).pictures / name)
        context.logger.log_image(sheet, f"pictures/{name}")


def _first_images(context: FitContext, number: int) -> EvalBatch | None:
    """Return the first images of the validation split as one batch, None if it is empty."""
    source = context.dataset.split("val")
    number = min(number, len(source))
    if number == 0:
        return None
    batches = eval_batches(
        source,
        batch_size=number,
        form=context.dataset.batch_form,
        workers=0,
    )
    return next(batches, None)
