"""Keeps the pictures that are measured on out of what other datasets train on."""

from pathlib import Path

from objloc.data.dataset import Dataset, SplitName
from objloc.data.files.file_dataset import FileDataset
from objloc.data.files.printable import printable
from objloc.data.same_pictures import copies_among
from objloc.data.scenes import Scenes
from objloc.errors import DataError, ObjlocError


def without_held_out(
    part: Dataset, name: str, measured: Dataset, measured_name: str
) -> tuple[Dataset, int]:
    """The dataset without pictures of another's validation and test splits.

    Pictures are compared by their bytes, so copies under other names are found; the same picture
    saved anew, or another view of what it shows, is not.

    Returns:
        The dataset, and how many pictures it has been given less.

    Raises:
        DataError: labelled pictures of `part` would have to be left out, or nothing is left behind
            its scenes.
    """
    training = _files(part, "train")
    held_out = [*_files(measured, "val"), *_files(measured, "test")] if training else []
    copies = copies_among(training, held_out)
    if not copies:
        return part, 0
    if isinstance(part, Scenes):
        try:
            return part.without_pictures(copies), len(copies)
        except ObjlocError as error:
            raise DataError(
                f"dataset.parts.{name}: all photographs behind its training scenes are validation "
                f"or test pictures of '{measured_name}'; {error}"
            ) from error
    raise DataError(
        f"dataset.parts.{name}: {len(copies)} of its training pictures are validation or test "
        f"pictures of '{measured_name}', the first {printable(copies[0])}; take them out of one of "
        f"the two, or measure on the other: dataset.measure_on={name}"
    )


def _files(dataset: Dataset, split: SplitName) -> list[Path]:
    """The picture files that the samples of a split show."""
    if isinstance(dataset, Scenes):
        return list(dataset.picture_files(split))
    if isinstance(dataset, FileDataset):
        labels = dataset.labels(split)
        return [labels.path(image) for image in range(len(labels))]
    return []
