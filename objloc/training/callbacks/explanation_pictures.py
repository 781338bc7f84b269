"""Shows every few epochs which places of the same pictures the model's answers depend on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc.data import EvalBatch
from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, Colour, draw_boxes, tile
from objloc.errors import ConfigError
from objloc.insight.heat_picture import overlay
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import QUANTITIES, Quantity, Subject, best_subject
from objloc.training.callbacks.own_time import OwnTime, epochs_between
from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.first_pictures import first_pictures, with_objects
from objloc.training.fit_context import FitContext
from objloc.training.prediction_sheet import save_picture

FOLDER = "explanations"

_COST = 5  # pictures that one map costs as much as
_GAP = 4
_HEADER = 30


class ExplanationPictures(TrainingCallback):
    """Log a contact sheet: pictures with truth and answer, and beside them a map for each quantity.

    Maps are by HiResCAM (`objloc.insight.maps`), of the model's surest answer about a picture. Over
    the epochs one sees whether an answer comes to depend on the object or on what is around it: the
    share of a map that lies inside the object's box stands below it, and its mean is logged as
    `learn/inside_<quantity>`. A share near the box's share of the picture says nothing.

    Sheets go to the run logger and to the run's folder as `explanations/epoch_<number>.png`.
    Training stays what it is, bit for bit.

    Args:
        every_epochs: epochs between two sheets; there is always one after the last epoch. None for
            as many as keep the cost below about a fortieth of the training.
        pictures: the first ones of the validation split that have an object.
        quantities: what is explained: class, objectness, left, top, right, bottom.

    Raises:
        ConfigError: an unknown quantity, or none.
    """

    def __init__(
        self,
        every_epochs: int | None = None,
        pictures: int = 4,
        quantities: Sequence[Quantity] = ("class", "left"),
    ) -> None:
        super().__init__()
        unknown = [name for name in quantities if name not in QUANTITIES]
        if unknown or not quantities:
            raise ConfigError(
                f"callbacks.explanation_pictures.quantities={list(quantities)}: "
                f"one or several of {', '.join(QUANTITIES)}"
            )
        self.every_epochs = every_epochs
        self.pictures = pictures
        self.quantities = tuple(quantities)
        self._context: FitContext | None = None
        self._batch: EvalBatch | None = None
        self._time = OwnTime()

    def attach(self, context: FitContext) -> None:
        """Take the run, and read the pictures: while nothing else reads any."""
        self._context, self._time = context, OwnTime()
        with self._time.counted():
            # One in four has no object, or fewer: four times as many are enough.
            found = first_pictures(context.dataset, "val", 4 * self.pictures)
            self._batch = with_objects(found, self.pictures)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Make and log the sheet if one is due."""
        assert self._context is not None
        last = epoch + 1 == self._context.epochs or self.model.stop_training
        with self._time.counted():
            if last or (epoch + 1) % self._every(self._context) == 0:
                self._show(self._context, epoch)
        share = {"learn/pictures_seconds_share": self._time.share}
        self._context.logger.log_metrics(share, epoch + 1)

    def close(self) -> None:
        """Let go of the pictures."""
        self._batch = None

    def get_state(self) -> dict[str, Any]:
        """Return the seconds so far."""
        return self._time.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on counting seconds."""
        self._time.set_state(state)

    def _every(self, context: FitContext) -> int:
        if self.every_epochs is not None:
            return self.every_epochs
        looked_at = _COST * self.pictures * len(self.quantities)
        return epochs_between(looked_at, context.steps_per_epoch * context.batch_size)

    def _show(self, context: FitContext, epoch: int) -> None:
        if self._batch is None or not len(self._batch.truths):
            return
        rows: list[list[UInt8[np.ndarray, "_h _w 3"]]] = []
        shares: list[list[float]] = []
        for place in range(len(self._batch.truths)):
            subject, truth, maps = self._explained(self._batch, place)
            rows.append(self._row(context.dataset.class_names, subject, truth, maps))
            shares.append([one.mass_inside(truth[0]) for one in maps])
        name = f"epoch_{epoch + 1:03d}.png"
        sheet = _sheet(
            rows, ["what it says", *(f"what {one} depends on" for one in self.quantities)]
        )
        save_picture(sheet, context.run_dir / FOLDER / name)
        context.logger.log_image(sheet, f"{FOLDER}/{name}")
        known = {
            f"learn/inside_{quantity}": float(np.mean(column))
            for quantity, column in zip(self.quantities, np.array(shares).T, strict=True)
        }
        # An empty map has no share inside; that of a number that depends on no pixel is empty.
        finite = {name: value for name, value in known.items() if np.isfinite(value)}
        context.logger.log_metrics(finite, epoch + 1)

    def _explained(
        self, batch: EvalBatch, place: int
    ) -> tuple[Subject, np.ndarray, list[SaliencyMap]]:
        """The surest answer about a picture, the objects' boxes in its pixels, and the maps."""
        # Here, not above: it brings TensorFlow's own functions.
        from objloc.insight.maps.hires_cam import HiResCam

        image, truth = batch.images[place], batch.truths[place]
        subject = best_subject(image, self.model(image[None], training=False))
        maps = [HiResCam()(self.model, subject, quantity) for quantity in self.quantities]
        return subject, truth.transform.apply(truth.boxes[~truth.ignore]), maps

    def _row(
        self,
        class_names: Sequence[str],
        subject: Subject,
        truth: np.ndarray,
        maps: Sequence[SaliencyMap],
    ) -> list[UInt8[np.ndarray, "_h _w 3"]]:
        colours: list[Colour] = [*[TRUTH_COLOUR] * len(truth), PREDICTION_COLOUR]
        said = f"{class_names[subject.label]} {subject.score:.2f}"
        boxes = np.concatenate([truth, subject.box[None]]).astype(np.float32)
        row = [draw_boxes(subject.image, boxes, [*[""] * len(truth), said], colours)]
        for one in maps:
            share = one.mass_inside(truth[0])
            text = "empty" if np.isnan(share) else f"{share:.0%} inside"
            picture = overlay(subject.image, one.values)
            row.append(
                draw_boxes(picture, truth, [text, *[""] * (len(truth) - 1)], colours[: len(truth)])
            )
        return row


def _sheet(
    rows: Sequence[Sequence[UInt8[np.ndarray, "_h _w 3"]]], titles: Sequence[str]
) -> UInt8[np.ndarray, "h w 3"]:
    """Rows of pictures under the columns' titles."""
    pictures = tile([one for row in rows for one in row], columns=len(titles), gap=_GAP)
    sheet = Image.new("RGB", (pictures.shape[1], pictures.shape[0] + _HEADER), (24, 27, 31))
    sheet.paste(Image.fromarray(pictures), (0, _HEADER))
    draw = ImageDraw.Draw(sheet)
    width = (pictures.shape[1] + _GAP) // len(titles)
    for column, title in enumerate(titles):
        draw.text((column * width + 6, 7), title, font=ImageFont.load_default(15), fill=(235,) * 3)
    return np.asarray(sheet)
