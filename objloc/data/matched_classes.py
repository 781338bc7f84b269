"""A dataset seen through a model's eyes: its classes matched by name, its pictures at the size."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Int32

from objloc.data.batch_form import BatchForm
from objloc.data.dataset import Dataset, SplitName
from objloc.data.named_source import picture_name
from objloc.data.resize import ResizeMode
from objloc.data.sample import Sample
from objloc.data.sample_source import SampleSource
from objloc.errors import ConfigError

UnknownClasses = Literal["stop", "ignore"]

_SHOWN = 8
"""Class names that an error lists."""


class MatchedClasses:
    """Any dataset with the labels of another list of classes.

    Args:
        dataset: the pictures.
        class_names: the model's names, in the order of its labels.
        image_size: side in pixels of what the model is fed.
        resize_mode: how pictures are brought there.
        unknown_classes: what becomes of classes that only one of the two has: `stop`, or `ignore`:
            objects that the model cannot name count neither as found nor as missed, whatever it
            says there; classes that the dataset lacks have no objects.

    Raises:
        ConfigError: the classes differ and `unknown_classes` is `stop`, or none is shared.
    """

    def __init__(
        self,
        dataset: Dataset,
        class_names: tuple[str, ...],
        image_size: int,
        resize_mode: ResizeMode,
        unknown_classes: UnknownClasses = "stop",
    ) -> None:
        self.dataset = dataset
        self.class_names = class_names
        """Names in the order of the labels."""
        # Targets are for training alone, so their number is no matter here.
        self.batch_form = BatchForm(image_size, 1, resize_mode)
        """What samples are brought to: the model's size."""
        theirs = dataset.class_names
        unknown = [name for name in theirs if name not in class_names]
        lacking = [name for name in class_names if name not in theirs]
        if len(unknown) == len(theirs):
            raise ConfigError(
                f"the model knows none of the dataset's classes: it knows {_listed(class_names)}; "
                f"the dataset has {_listed(theirs)}"
            )
        if unknown_classes == "stop" and (unknown or lacking):
            told = []
            if unknown:
                told.append(f"the model does not know {_listed(unknown)}")
            if lacking:
                told.append(f"the dataset has no {_listed(lacking)}")
            raise ConfigError(
                f"classes of model and dataset differ: {'; '.join(told)}. "
                "unknown_classes=ignore leaves objects that the model cannot name out, and lets "
                "classes without objects be"
            )
        self._labels = np.array(
            [class_names.index(name) if name in class_names else -1 for name in theirs], np.int32
        )

    def split(self, name: SplitName) -> "_MatchedSource":
        """The samples of one split, with the model's labels."""
        return _MatchedSource(self.dataset.split(name), self.class_names, self._labels)

    def describe(self) -> dict[str, Any]:
        """What the dataset itself is."""
        return self.dataset.describe()


class _MatchedSource:
    """One split; -1 in `labels` stands for a class that the model does not know."""

    def __init__(
        self,
        source: SampleSource,
        class_names: tuple[str, ...],
        labels: Int32[np.ndarray, " theirs"],
    ) -> None:
        self.source = source
        self.class_names = class_names
        self.labels = labels

    def __len__(self) -> int:
        return len(self.source)

    def picture_name(self, index: int) -> str:
        return picture_name(self.source, index, index)

    def sample(self, epoch: int, index: int) -> Sample:
        sample = self.source.sample(epoch, index)
        labels = self.labels[sample.labels]
        unknown = labels < 0
        if not unknown.any():
            return replace(sample, labels=labels)
        # Ignored regions are looked up class by class (COCO's way), so one that no class may be
        # blamed for stands there for each.
        count = len(self.class_names)
        rows = np.concatenate([np.flatnonzero(~unknown), np.repeat(np.flatnonzero(unknown), count)])
        every = np.tile(np.arange(count, dtype=np.int32), int(unknown.sum()))
        return replace(
            sample,
            boxes=sample.boxes[rows],
            labels=np.concatenate([labels[~unknown], every]),
            ignore=sample.ignore[rows] | unknown[rows],
            area=sample.area[rows],
        )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
