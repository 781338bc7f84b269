"""The dataset of labelled pictures on disk, whatever format its labels are in."""

import logging
import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Int8, Int32

from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.dataset import SplitName
from objloc.data.files.annotations import NO_SPLIT, SPLITS, Annotations
from objloc.data.files.box_check import InvalidBoxes
from objloc.data.files.class_choice import choose_classes
from objloc.data.files.content_digest import content_digests
from objloc.data.files.content_split import SplitRule, split_pictures
from objloc.data.files.file_source import FileSource
from objloc.data.files.finding import Finding
from objloc.data.files.label_digest import label_digest
from objloc.data.files.option_check import check_least, check_words
from objloc.data.files.picture_check import PictureCheck, check_pictures
from objloc.data.files.printable import printable
from objloc.data.files.selection import select
from objloc.data.files.usable import Usable, counted, judge, listed
from objloc.data.formats.label_format import LabelFormat
from objloc.data.resize import ResizeMode
from objloc.errors import DataError

_LOG = logging.getLogger("objloc.data")


class FileDataset:
    """Labelled pictures on disk, dealt to splits, checked before they are trained on.

    Labels are read when it is made; pictures are looked at when they are first needed.

    Args:
        root: the dataset's folder, or for some formats a file in it.
        format: reads the labels.
        image_size: side in pixels of the square picture that the model is fed.
        resize: how pictures are brought to that square.
        max_objects: the largest number of objects of a picture that is trained on; None for the
            most that any training picture has, or several have that `augment` combines.
        classes: the classes to use, in the order of the labels; objects of others are left out.
            None for all.
        splits: `own` for the dataset's own, what it lacks being dealt from its training pictures
            by content; `content` to deal all pictures.
        val_share, test_share, folds, fold, split_seed: see `SplitRule`.
        invalid_boxes: `stop` at boxes that cannot be trained on, `skip` them, or `clip` them where
            something is left of them inside the picture (and skip the others).
        invalid_pictures: `stop` at pictures that are missing, cut off or not those that the label
            speaks of, or `skip` them.
        check_pictures: look at every picture before the first is used.
        cache_mb: megabytes of decoded training pictures that each process keeps in memory.
        augment: `picture` and `image` transforms of the training split, and what combines its
            pictures.
        seed: of augmentation.

    Raises:
        ConfigError: an argument is out of range, or a class is not in the labels.
        DataError: the labels cannot be read at all.
    """

    def __init__(
        self,
        *,
        root: str | Path,
        format: LabelFormat,
        image_size: int = 224,
        resize: ResizeMode = "letterbox",
        max_objects: int | None = None,
        classes: Sequence[str] | None = None,
        splits: Literal["own", "content"] = "own",
        val_share: float = 0.15,
        test_share: float = 0.15,
        folds: int | None = None,
        fold: int = 0,
        split_seed: int = 0,
        invalid_boxes: InvalidBoxes = "stop",
        invalid_pictures: Literal["stop", "skip"] = "stop",
        check_pictures: bool = True,
        cache_mb: int = 512,
        augment: Augmentation | None = None,
        seed: int = 0,
    ) -> None:
        check_words(resize=resize, splits=splits)
        check_words(invalid_boxes=invalid_boxes, invalid_pictures=invalid_pictures)
        check_least(1, image_size=image_size, max_objects=max_objects)
        check_least(0, cache_mb=cache_mb, split_seed=split_seed, seed=seed)
        self._root = Path(root).expanduser()
        self._format = format
        self._image_size, self._resize, self._max_objects = image_size, resize, max_objects
        self._rule = SplitRule(splits == "own", val_share, test_share, folds, fold, split_seed)
        self.invalid_boxes = invalid_boxes
        """What becomes of boxes that cannot be trained on."""
        self._invalid_pictures = invalid_pictures
        self._check_pictures = check_pictures
        self._cache_mb = cache_mb
        self._augment = augment if augment is not None else Augmentation()
        self._seed = seed
        self._sources: dict[SplitName, FileSource] = {}
        self._told = False  # what has been left out
        self.annotations: Annotations = format.read(self._root)
        """The labels as they were read, nothing left out."""
        self.class_names = choose_classes(self.annotations.class_names, classes)
        """Names in the order of the labels."""

    @cached_property
    def batch_form(self) -> BatchForm:
        """What its samples are brought to."""
        most = self._max_objects
        if most is None:
            most = max(1, self._most_objects())
        return BatchForm(self._image_size, most, self._resize)

    @cached_property
    def pictures(self) -> PictureCheck | None:
        """What the pictures' headers say; None with `check_pictures=False`."""
        return check_pictures(self.annotations) if self._check_pictures else None

    @cached_property
    def digests(self) -> list[bytes | None]:
        """The SHA-256 of each picture file; None for one that cannot be read."""
        table = self.annotations
        return content_digests([table.path(image) for image in range(len(table))])

    @cached_property
    def splits(self) -> Int8[np.ndarray, " i"]:
        """The split of each picture of `annotations`: index into `SPLITS`, or `NO_SPLIT`."""
        needed = self._rule.needs_contents(self.annotations)
        return split_pictures(self.annotations, self.digests if needed else None, self._rule)

    def findings(self) -> tuple[Finding, ...]:
        """What the reader, the boxes and the pictures' headers show to be wrong."""
        return self._usable.findings

    def split(self, name: SplitName) -> FileSource:
        """The samples of one split.

        Raises:
            DataError: something is wrong that no option says to skip or clip, or the split is
                empty.
        """
        if name not in self._sources:
            self._sources[name] = self._source(name)
        return self._sources[name]

    def labels(self, name: SplitName) -> Annotations:
        """The pictures and objects of one split that can be used, perhaps none, as they were read.

        Raises:
            DataError: something is wrong that no option says to skip or clip.
        """
        self._stop_at_errors()
        return select(
            self.annotations,
            images=np.flatnonzero(self._split_of_used == SPLITS.index(name)),
            objects=self._usable.objects,
            class_names=self.class_names,
            label_of=self._label_of,
        )

    def describe(self) -> dict[str, Any]:
        """What the dataset is, ready for JSON, with a digest of labels, splits and options.

        The digest does not depend on where the folder is.
        """
        options: dict[str, Any] = {
            "kind": "files",
            "format": self._format.describe(),
            "class_names": list(self.class_names),
            "image_size": self._image_size,
            "resize": self._resize,
            "max_objects": self.batch_form.max_objects,
            "invalid_boxes": self.invalid_boxes,
            "invalid_pictures": self._invalid_pictures,
            "augment": self._augment.describe(("image", "picture")),
            "seed": self._seed,
        }
        usable = self._usable
        counts = {
            name: {
                "pictures": int((self._split_of_used == number).sum()),
                "objects": int(
                    (self._split_of_used[self._image_of][usable.objects] == number).sum()
                ),
            }
            for number, name in enumerate(SPLITS)
        }
        return {
            "name": printable(self.annotations.root.resolve().name),
            **options,
            "splits": {
                "own": self._rule.own and self._rule.folds is None,
                "val_share": self._rule.val_share,
                "test_share": self._rule.test_share,
                "folds": self._rule.folds,
                "fold": self._rule.fold,
                "split_seed": self._rule.seed,
            },
            "counts": counts,
            "left_out": usable.left_out(),
            "digest": label_digest(self.annotations, self.splits, options),
        }

    @cached_property
    def _image_of(self) -> np.ndarray:
        return self.annotations.image_of_object()

    @cached_property
    def _label_of(self) -> Int32[np.ndarray, " classes"]:
        """The label of each class of `annotations`; −1 for those that are not used."""
        place = {name: number for number, name in enumerate(self.class_names)}
        names = self.annotations.class_names
        return np.array([place.get(name, -1) for name in names], np.int32)

    @cached_property
    def _usable(self) -> Usable:
        return judge(
            self.annotations,
            self.pictures,
            used=self._label_of[self.annotations.labels] >= 0,
            clip=self.invalid_boxes == "clip",
        )

    @cached_property
    def _split_of_used(self) -> Int8[np.ndarray, " i"]:
        return np.where(self._usable.pictures, self.splits, NO_SPLIT).astype(np.int8)

    def _most_objects(self) -> int:
        """Of a training sample; of any picture where nothing is there to train on."""
        counted = self._usable.objects & ~self.annotations.ignore
        counts = np.bincount(self._image_of[counted], minlength=len(self.annotations))
        trained = counts[self._split_of_used == SPLITS.index("train")]
        return self._augment.combination.most_objects(trained if len(trained) else counts)

    def _stop_at_errors(self) -> None:
        """Raises DataError for what is wrong, or says once what has been left out."""
        blocking = self._usable.blocking(
            boxes=self.invalid_boxes == "stop", pictures=self._invalid_pictures == "stop"
        )
        if blocking:
            errors = counted(len(blocking), "error")
            raise DataError(
                f"{printable(self._root)}: {errors} in labels or pictures:\n"
                f"{listed(blocking)}\nAll of them: {self._doctor()}\n"
                "To train without them: dataset.invalid_boxes=skip (or clip) and "
                "dataset.invalid_pictures=skip"
            )
        if not self._told and (left_out := self._usable.left_out_text()):
            self._told = True
            _LOG.warning("%s: %s; %s", printable(self._root), left_out, self._doctor())

    def _source(self, name: SplitName) -> FileSource:
        labels = self.labels(name)
        if not len(labels):
            raise DataError(
                f"{printable(self._root)}: the {name} split has no picture; {self._hint()}"
            )
        if name == "train" and labels.ignore.all():
            raise DataError(
                f"{printable(self._root)}: none of the {len(labels)} training pictures has an "
                f"object of {', '.join(self.class_names) or 'any class'}; there is nothing to learn"
            )
        if len(np.unique(labels.image_ids)) < len(labels):  # of several label files, perhaps
            rows = np.flatnonzero(self._split_of_used == SPLITS.index(name))
            labels = replace(labels, image_ids=rows)
        return FileSource(
            labels=labels,
            split=name,
            form=self.batch_form,
            augment=self._augment,
            seed=self._seed,
            invalid_boxes=self.invalid_boxes,
            cache_mb=self._cache_mb,
        )

    def _hint(self) -> str:
        """Where the pictures are instead."""
        counts = [f"{name} {(self._split_of_used == i).sum()}" for i, name in enumerate(SPLITS)]
        unused = int((self._split_of_used == NO_SPLIT).sum())
        return (
            f"of {len(self.annotations)} labelled pictures: {', '.join(counts)}, left out "
            f"{unused}. dataset.splits=content deals all of them anew, by dataset.val_share and "
            f"dataset.test_share; what was left out and why: {self._doctor()}"
        )

    def _doctor(self) -> str:
        root = shlex.quote(printable(self._root))
        return f"python -m objloc.check dataset={self._format.name} dataset.root={root}"
