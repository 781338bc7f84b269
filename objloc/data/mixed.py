"""Several datasets as one: real and generated pictures in one training set."""

import hashlib
import inspect
import json
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int32

from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.dataset import Dataset, SplitName
from objloc.data.held_out import without_held_out
from objloc.data.mixed_source import MixedSource, Part
from objloc.data.sample_source import SampleSource
from objloc.data.scenes import Scenes
from objloc.errors import ConfigError, ObjlocError

_LOG = logging.getLogger("objloc.data")


class Mixed:
    """Trains on several datasets in fixed shares, validates and tests on one of them.

    Classes of the same name are one class. The measured part's classes come first, then those
    that the other parts add, so its own labels are the mixture's labels, too.

    No picture of the measured part's validation or test split gets into training through another
    part: photographs behind scenes are left out where they are such a picture, and another dataset
    of real pictures that holds a copy of one is refused.

    Args:
        parts: by name, what makes each dataset from `augment` and `seed` (in YAML: a dataset with
            `_partial_: true`).
        image_size: side in pixels of the square picture that the model is fed; every part's.
        weights: by the same names, each part's share of the training pictures, in any unit. 0 for
            a part that is not trained on.
        measure_on: the part whose validation and test splits are used; None for the first.
        train_size: pictures in a training epoch; None for as many as show each training picture
            of the measured part once.
        augment: handed to every part.
        seed: handed to every part; also decides the order of pictures.

    Raises:
        ConfigError: names, weights or sizes do not go together.
    """

    def __init__(
        self,
        *,
        parts: Mapping[str, Callable[..., Dataset] | Dataset],
        image_size: int,
        weights: Mapping[str, float | int],
        measure_on: str | None = None,
        train_size: int | None = None,
        augment: Augmentation | None = None,
        seed: int = 0,
    ) -> None:
        if not parts:
            raise ConfigError("dataset.parts is empty; name at least one dataset")
        self._measured = measure_on if measure_on is not None else next(iter(parts))
        _check_names(parts, weights, self._measured)
        if train_size is None and not weights[self._measured]:
            raise ConfigError(
                f"dataset.weights.{self._measured} is 0, so an epoch has no length of its own; "
                "say how many pictures: dataset.train_size=…"
            )
        if train_size is not None and train_size < 1:
            raise ConfigError(f"dataset.train_size is {train_size}; it must be at least 1")
        augment = augment if augment is not None else Augmentation()
        self._as_given = {
            name: _made(name, part, augment=augment, seed=seed) for name, part in parts.items()
        }
        for name, part in self._as_given.items():
            if isinstance(part, Mixed):
                raise ConfigError(
                    f"dataset.parts.{name} is a mixture itself; name its parts here, so that what "
                    "is held out for validation and test can be kept out of each"
                )
        total = sum(weights.values())
        self._shares = {name: weights[name] / total for name in parts}
        self._train_size = train_size
        self._seed = seed
        self.class_names = _union([self.measured, *self._as_given.values()])
        """Names in the order of the labels."""
        self._image_size = image_size
        _check_forms(self._as_given, image_size)

    @property
    def measured(self) -> Dataset:
        """The part that validation and test are taken from."""
        return self._as_given[self._measured]

    @cached_property
    def parts(self) -> dict[str, Dataset]:
        """The parts by name, without what the measured one holds out.

        Raises:
            DataError: a part is nothing but held-out pictures, or holds copies of them.
        """
        parts = {self._measured: self.measured}
        for name, part in self._as_given.items():
            if name != self._measured and self._shares[name]:
                part, left_out = without_held_out(part, name, self.measured, self._measured)
                if left_out:
                    _LOG.warning(
                        "dataset.parts.%s: left out of training: %d photographs that are "
                        "validation or test pictures of '%s'",
                        *(name, left_out, self._measured),
                    )
            parts[name] = part
        return {name: parts[name] for name in self._as_given}

    @cached_property
    def batch_form(self) -> BatchForm:
        """What samples are brought to: room for the objects of every part."""
        parts = self._as_given.values()
        most = max(part.batch_form.max_objects for part in parts)
        # Scenes are made at the square's size: pictures, which agree, say how they come to it.
        decides = next((part for part in parts if not isinstance(part, Scenes)), self.measured)
        return BatchForm(self._image_size, most, decides.batch_form.resize_mode)

    def split(self, name: SplitName) -> SampleSource:
        """The mixture for training; for validation and test the measured part's own samples."""
        return self._training if name == "train" else self.measured.split(name)

    @cached_property
    def _training(self) -> MixedSource:
        sources = {
            name: part.split("train") for name, part in self.parts.items() if self._shares[name]
        }
        length = self._train_size
        if length is None:
            length = max(1, round(len(sources[self._measured]) / self._shares[self._measured]))
        return MixedSource(
            [
                Part(source, self._labels(self.parts[name]), self._shares[name])
                for name, source in sources.items()
            ],
            class_names=self.class_names,
            length=length,
            seed=self._seed,
        )

    def describe(self) -> dict[str, Any]:
        """What is mixed and how, ready for JSON, with a digest of all of it."""
        parts = {name: part.describe() for name, part in self.parts.items()}
        described: dict[str, Any] = {
            "kind": "mixed",
            "class_names": list(self.class_names),
            "image_size": self._image_size,
            "max_objects": self.batch_form.max_objects,
            "shares": self._shares,
            "measure_on": self._measured,
            "train_size": len(self._training),
            "seed": self._seed,
        }
        digests = {name: part["digest"] for name, part in parts.items()}
        text = json.dumps([described, digests], sort_keys=True)
        return {
            "name": " + ".join(parts),
            **described,
            "parts": parts,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
        }

    def _labels(self, part: Dataset) -> Int32[np.ndarray, " classes"]:
        """The mixture's label for each of the part's."""
        return np.array([self.class_names.index(name) for name in part.class_names], np.int32)


def _made(name: str, factory: Callable[..., Dataset] | Dataset, **arguments: Any) -> Dataset:
    if not callable(factory):
        raise ConfigError(
            f"dataset.parts.{name} is a finished {type(factory).__name__}; write '_partial_: true' "
            "beside its _target_, so that augment and seed reach it"
        )
    given = getattr(factory, "keywords", {})  # a partial's, which `_partial_` makes
    try:
        inspect.signature(getattr(factory, "func", factory)).bind(**{**given, **arguments})
    except TypeError as error:
        raise ConfigError(f"dataset.parts.{name}: {error}") from error
    try:
        return factory(**arguments)
    except ObjlocError as error:
        raise type(error)(f"dataset.parts.{name}: {error}") from error


def _check_names(
    parts: Mapping[str, Any], weights: Mapping[str, float | int], measured: str
) -> None:
    known = ", ".join(parts)
    if measured not in parts:
        raise ConfigError(f"dataset.measure_on={measured}: there is no such part; parts: {known}")
    for name in weights:
        if name not in parts:
            raise ConfigError(f"dataset.weights.{name}: there is no such part; parts: {known}")
    for name in parts:
        if name not in weights:
            raise ConfigError(
                f"dataset.weights: part '{name}' has none; set dataset.weights.{name}"
            )
        if not 0 <= weights[name] < float("inf"):
            raise ConfigError(f"dataset.weights.{name} is {weights[name]}; it must be 0 or more")
    if not sum(weights.values()):
        raise ConfigError("dataset.weights are all 0; there would be nothing to train on")


def _check_forms(parts: Mapping[str, Dataset], image_size: int) -> None:
    modes: dict[str, str] = {}
    for name, part in parts.items():
        form = part.batch_form
        if form.image_size != image_size:
            raise ConfigError(
                f"dataset.parts.{name}.image_size is {form.image_size}, but dataset.image_size is "
                f"{image_size}; all parts must have the same"
            )
        # Scenes are made in the right size and never resized.
        if not isinstance(part, Scenes):
            modes[name] = form.resize_mode
    if len(set(modes.values())) > 1:
        listed = ", ".join(f"{name} {mode}" for name, mode in modes.items())
        raise ConfigError(f"dataset.parts: resize must be the same in all parts; it is {listed}")


def _union(parts: list[Dataset]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part.class_names))
