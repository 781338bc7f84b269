"""Shows every few epochs which places of the same pictures the model's answers depend on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc import boxes as geometry
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

_COST = 5.0  # pictures that could be learned from in the time of one map; measured, multiclass
_GAP = 4
_HEADER = 30


class ExplanationPictures(TrainingCallback):
    """Log a contact sheet: pictures with truth and answer, and beside them a map for each quantity.

    Maps are by HiResCAM (`objloc.insight.maps`), of the model's surest answer about a picture. Over
    the epochs one sees whether an answer comes to depend on the object or on what is around it: the
    share of a map that lies inside the object's box stands below it, and its mean is logged as
    `learn/inside_<quantity>`; of several objects it is the one that the answer overlaps most. A
    share near the box's share of the picture says nothing.

    Sheets go to the run logger and to the run's folder as `explanations/epoch_<number>.png`.
    Training stays what it is, bit for bit.

    Args:
        every_epochs: epochs between two sheets; there is always one after the last epoch. None for
            as many as keep the cost at about a hundredth of the training.
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
        subjects, maps = self._explained(self._batch)
        rows: list[list[UInt8[np.ndarray, "_h _w 3"]]] = []
        shares: list[list[float]] = []
        for subject, truth, own in zip(subjects, self._batch.truths, maps, strict=True):
            boxes = truth.transform.apply(truth.boxes[~truth.ignore])
            boxes = _answered_first(boxes, subject.box)
            rows.append(_row(context.dataset.class_names, subject, boxes, own))
            shares.append([one.mass_inside(boxes[0]) for one in own])
        name = f"epoch_{epoch + 1:03d}.png"
        sheet = _sheet(
            rows, ["what it says", *(f"what {one} depends on" for one in self.quantities)]
        )
        save_picture(sheet, context.run_dir / FOLDER / name)
        context.logger.log_image(sheet, f"{FOLDER}/{name}")
        known = {
            f"learn/inside_{quantity}": float(np.mean(column[np.isfinite(column)]))
            for quantity, column in zip(self.quantities, np.array(shares).T, strict=True)
            if np.isfinite(column).any()  # that of a number that depends on no pixel is empty
        }
        context.logger.log_metrics(known, epoch + 1)

    def _explained(self, batch: EvalBatch) -> tuple[list[Subject], list[list[SaliencyMap]]]:
        """The surest answer about each picture, and its maps."""
        # Here, not above: it brings TensorFlow's own functions.
        from objloc.insight.gradients import answer_gradients
        from objloc.insight.maps.hires_cam import HiResCam

        outputs = self.model(batch.images, training=False)
        names = ("boxes", "class_logits", "objectness")
        arrays = {name: np.asarray(outputs[name]) for name in names}
        subjects = [
            best_subject(image, {name: values[[place]] for name, values in arrays.items()})
            for place, image in enumerate(batch.images)
        ]
        gradients = answer_gradients(
            self.model,
            batch.images,
            self.quantities,
            [subject.candidate for subject in subjects],
            [subject.label for subject in subjects],
        )
        method = HiResCam()
        return subjects, [
            [
                method.of_features(gradients[quantity][place], subject, quantity)
                for quantity in self.quantities
            ]
            for place, subject in enumerate(subjects)
        ]


def _answered_first(boxes: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The object (of n, 4) first that an answer is about: which it overlaps most."""
    first = int(np.argmax(geometry.iou(boxes, said[None])))
    return np.concatenate([boxes[[first]], np.delete(boxes, first, axis=0)])


def _row(
    class_names: Sequence[str], subject: Subject, truth: np.ndarray, maps: Sequence[SaliencyMap]
) -> list[UInt8[np.ndarray, "_h _w 3"]]:
    """A picture with the objects' boxes, in its pixels, and the answer; and the maps over it."""
    colours: list[Colour] = [*[TRUTH_COLOUR] * len(truth), PREDICTION_COLOUR]
    said = f"{class_names[subject.label]} {subject.score:.2f}"
    boxes = np.concatenate([truth, subject.box[None]]).astype(np.float32)
    row = [draw_boxes(subject.image, boxes, [*[""] * len(truth), said], colours)]
    for one in maps:
        share = one.mass_inside(truth[0])
        text = "empty" if np.isnan(share) else f"{share:.0%} inside"
        texts = [text, *[""] * (len(truth) - 1)]
        picture = overlay(subject.image, one.values)
        row.append(draw_boxes(picture, truth, texts, colours[: len(truth)]))
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
