"""Looks at a model in training without changing it: losses, gradients, updates, answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from keras import ops

from objloc.data import Dataset, EvalBatch
from objloc.errors import TrainingError
from objloc.evaluation import Detections, Predictor, match
from objloc.insight.learning.frame import Frame
from objloc.insight.learning.setting import LearningSetting
from objloc.model_card import ModelCard
from objloc.models import Localizer
from objloc.training.first_pictures import first_pictures, part_of, places_with_objects
from objloc.training.losses import LocalizationLoss
from objloc.training.losses.floors import loss_floors

_AUTOMATIC = re.compile(r"(conv2d|batch_normalization|dense|depthwise_conv2d)(_\d+)?")
"""Names that Keras gives: such a layer is known by what it is a part of."""

_SHOWN = 20  # detections of a picture that the film keeps at most


@dataclass(frozen=True)
class PartLosses:
    """The parts of the loss, unweighted, and what they cannot be below: (P,) each."""

    losses: np.ndarray
    floors: np.ndarray


class LearningMeasurer:
    """Asks a localizer about fixed pictures, always as it answers: nothing of it changes.

    Batch normalisation uses its stored statistics and dropout drops nothing, so that no variable
    and no random number of the training is touched. A training step's own gradient differs by that:
    there, batch normalisation takes its statistics from the batch.

    Args:
        localizer: compiled with a `LocalizationLoss`.
        dataset: pictures are the first ones of its splits ``val`` and ``train``, these as they are
            in the first epoch.
        val_pictures: how many losses and IoUs are of.
        train_pictures: how many gradients are of.
        film_pictures: how many of the former the film shows.
        batch_size: pictures that are asked about at once.

    Raises:
        TrainingError: another loss, or a split without pictures.
    """

    def __init__(
        self,
        localizer: Localizer,
        dataset: Dataset,
        val_pictures: int,
        train_pictures: int,
        film_pictures: int,
        batch_size: int,
    ) -> None:
        if not isinstance(localizer.loss_function, LocalizationLoss):
            raise TrainingError(
                f"callbacks.learning_record: knows the parts of objloc's LocalizationLoss, not of "
                f"{type(localizer.loss_function).__name__}; leave it out (~callbacks."
                "learning_record)"
            )
        self.localizer = localizer
        self.loss = localizer.loss_function
        self.parts = tuple(name.removeprefix("loss_") for name in self.loss.names(localizer.head))
        self.variables = list(localizer.trainable_variables)
        self.layers, self._layer_of = _layers(self.variables)
        self.val_batch = first_pictures(dataset, "val", val_pictures)
        self.train_batch = first_pictures(dataset, "train", train_pictures)
        empty = int(film_pictures > 1)
        # Where none has an object, the film shows one without.
        self._film_places = places_with_objects(self.val_batch, film_pictures, empty) or [0]
        self._film = part_of(self.val_batch, self._film_places)
        self._batch_size = batch_size
        self._class_names = tuple(dataset.class_names)

    def setting(self, epochs: int, steps_per_epoch: int) -> LearningSetting:
        """What stays the same."""
        sizes = np.zeros(len(self.layers), np.int64)
        for place, variable in zip(self._layer_of, self.variables, strict=True):
            sizes[place] += int(np.prod(variable.shape))
        truths = self._film.truths
        objects = [~truth.ignore for truth in truths]
        return LearningSetting(
            class_names=self._class_names,
            score_threshold=float(self.localizer.score_threshold),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            loss=self.loss.box,
            parts=self.parts,
            weights=self._weights(),
            layers=self.layers,
            layer_sizes=sizes,
            on_backbone=self.on_backbone(),
            val_pictures=len(self.val_batch.truths),
            train_pictures=len(self.train_batch.truths),
            pictures=self._film.images,
            truth_picture=np.repeat(np.arange(len(truths)), [int(one.sum()) for one in objects]),
            truth_boxes=_joined(
                [t.transform.apply(t.boxes[own]) for t, own in zip(truths, objects, strict=True)], 4
            ),
            truth_labels=np.concatenate(
                [t.labels[own] for t, own in zip(truths, objects, strict=True)]
            ).astype(np.int64),
        )

    def on_backbone(self) -> np.ndarray:
        """Which layers (L,) belong to the backbone."""
        shared = {id(weight) for weight in self.localizer.backbone.weights}
        found = np.zeros(len(self.layers), np.bool_)
        for place, variable in zip(self._layer_of, self.variables, strict=True):
            found[place] = id(variable) in shared
        return found

    def train_gradients(self) -> tuple[PartLosses, np.ndarray]:
        """Losses on the training pictures, and the products (L, P, P) of the parts' gradients."""
        # Here, not above: only this needs TensorFlow itself.
        from objloc.insight.gradients import weight_products

        weights, head = self._weights(), self.localizer.head
        found: list[PartLosses] = []

        def weighted(outputs: Mapping[str, Any]) -> dict[str, Any]:
            losses = self.loss(head, self.train_batch.targets, outputs)
            found.append(self._part_losses(self.train_batch.targets, outputs, losses))
            return {
                part: float(weight) * losses[f"loss_{part}"]
                for part, weight in zip(self.parts, weights, strict=True)
            }

        _, by_variable = weight_products(
            self.localizer, self.train_batch.images, self.variables, weighted
        )
        products = np.zeros((len(self.layers), len(self.parts), len(self.parts)))
        np.add.at(products, self._layer_of, by_variable)
        return found[0], products

    def train_losses(self) -> np.ndarray:
        """The parts of the loss (P,), unweighted, on the training pictures."""
        batch = self.train_batch
        return self._part_losses(batch.targets, self._outputs(batch.images)).losses

    def validation(self, step: int) -> tuple[PartLosses, np.ndarray, Frame]:
        """Losses on the validation pictures, the IoU of each of their objects, and the film's."""
        outputs = self._outputs(self.val_batch.images)
        targets = self.val_batch.targets
        found = self._detections(outputs, self.val_batch)
        ious = match(found, self.val_batch.truths).object_iou
        return (
            self._mean_losses(targets, outputs),
            ious,
            self._frame(step, [found[place] for place in self._film_places]),
        )

    def glance(self, step: int) -> Frame:
        """What the model says of the film's pictures now."""
        return self._frame(step, self._detections(self._outputs(self._film.images), self._film))

    def weights_now(self) -> list[np.ndarray]:
        """A copy of the weights."""
        return [np.copy(ops.convert_to_numpy(variable)) for variable in self.variables]

    def update_ratios(self, before: Sequence[np.ndarray]) -> np.ndarray:
        """How far each layer's weights (L,) are from earlier ones, over the length of these.

        Where a layer has a kernel, its biases and the scales and shifts of its normalisation don't
        count: they begin at 0 or 1, and a ratio to that says little.
        """
        kernels = {place for place, old in zip(self._layer_of, before, strict=True) if old.ndim > 1}
        moved, length = np.zeros(len(self.layers)), np.zeros(len(self.layers))
        for place, old, variable in zip(self._layer_of, before, self.variables, strict=True):
            if old.ndim > 1 or place not in kernels:
                moved[place] += np.sum(
                    (ops.convert_to_numpy(variable).astype(np.float64) - old) ** 2
                )
                length[place] += np.sum(old.astype(np.float64) ** 2)
        return np.sqrt(np.divide(moved, length, out=np.full_like(moved, np.nan), where=length > 0))

    def _weights(self) -> np.ndarray:
        """What the parts count; the loss has weighted the head's own already."""
        return np.array([self.loss.weights.get(part, 1.0) for part in self.parts])

    def _mean_losses(
        self, targets: Mapping[str, Any], outputs: Mapping[str, np.ndarray]
    ) -> PartLosses:
        """By batches of training's size, and of these the mean over pictures, as in training.

        All at once would take gigabytes where candidates and classes are many.
        """
        size, count = self._batch_size, len(targets["labels"])
        losses, floors = np.zeros(len(self.parts)), np.zeros(len(self.parts))
        for start in range(0, count, size):
            part = slice(start, start + size)
            found = self._part_losses(
                {name: values[part] for name, values in targets.items()},
                {name: values[part] for name, values in outputs.items()},
            )
            share = min(size, count - start) / count
            losses += share * found.losses
            floors += share * found.floors
        return PartLosses(losses, floors)

    def _part_losses(
        self,
        targets: Mapping[str, Any],
        outputs: Mapping[str, Any],
        losses: Mapping[str, Any] | None = None,
    ) -> PartLosses:
        head = self.localizer.head
        known = self.loss(head, targets, outputs) if losses is None else losses
        floors = loss_floors(self.loss, head, targets, outputs)
        names = [f"loss_{part}" for part in self.parts]
        return PartLosses(
            np.array([float(known[name]) for name in names]),
            np.array([float(floors[name]) for name in names]),
        )

    def _outputs(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """What the head puts out for pictures."""
        # Compiled once, for one shape: with a second one, sums would differ in their last digits,
        # and a resumed training would leave another record.
        size, found = self._batch_size, []
        for start in range(0, len(images), size):
            part = images[start : start + size]
            empty = np.zeros((size - len(part), *part.shape[1:]), part.dtype)
            outputs = self.localizer.predict_on_batch(np.concatenate([part, empty]))
            found.append({name: values[: len(part)] for name, values in outputs.items()})
        return {name: np.concatenate([one[name] for one in found]) for name in found[0]}

    def _detections(self, outputs: Mapping[str, np.ndarray], batch: EvalBatch) -> list[Detections]:
        predictor = Predictor(_Answered(self.localizer.card, outputs))
        transforms = [truth.transform for truth in batch.truths]
        return predictor.predict_batch(batch.images, transforms, [t.size for t in batch.truths])

    def _frame(self, step: int, found: Sequence[Detections]) -> Frame:
        truths = self._film.truths
        shown = [_shown(one, self.localizer.score_threshold) for one in found]
        matches = match(found, truths)
        per_picture = [matches.object_iou[matches.object_image == i] for i in range(len(truths))]
        return Frame(
            step=step,
            picture=np.repeat(np.arange(len(truths)), [len(one) for one in shown]),
            boxes=_joined(
                [t.transform.apply(one.boxes) for t, one in zip(truths, shown, strict=True)], 4
            ),
            labels=np.concatenate([one.labels for one in shown]).astype(np.int64),
            scores=np.concatenate([one.scores for one in shown]),
            ious=np.array([ious.mean() if len(ious) else np.nan for ious in per_picture]),
        )


class _Answered:
    """An engine that has been asked already; what it says is decoded outside of it."""

    def __init__(self, card: ModelCard, outputs: Mapping[str, np.ndarray]) -> None:
        self.card = replace(card, decoding=replace(card.decoding, in_graph=False))
        self._outputs = dict(outputs)

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        return self._outputs


def _shown(found: Detections, threshold: float) -> Detections:
    """What the film shows: the detections that count, or else the best one."""
    count = min(max(int((found.scores >= threshold).sum()), 1), _SHOWN)
    return Detections(found.boxes[:count], found.labels[:count], found.scores[:count])


def _layers(variables: Sequence[Any]) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the layers that variables belong to, in order, and the place of each one's."""
    names: dict[str, int] = {}
    places = []
    for variable in variables:
        *owners, layer = variable.path.split("/")[:-1] or [variable.path]
        if not owners or not _AUTOMATIC.fullmatch(layer):
            owners.append(layer)
        places.append(names.setdefault("/".join(owners), len(names)))
    return tuple(names), np.array(places, np.int64)


def _joined(arrays: Sequence[np.ndarray], width: int) -> np.ndarray:
    return np.concatenate([np.zeros((0, width)), *arrays]).astype(np.float32)
