"""What all writers of labelled sets do alike: the folder, the pictures' names, their bytes."""

import shutil
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from objloc.data.dataset import SplitName
from objloc.data.writers.file_names import FileNames, is_control
from objloc.data.writers.labelled_picture import LabelledPicture
from objloc.data.writers.output_folder import OutputFolder
from objloc.errors import DataError


class LabelWriter(ABC):
    """A context manager: the set is at its place when the block ends well, and else nowhere.

    Formats say what their label files are and where pictures go.

    Example:
        >>> with VocWriter(Path("raccoons"), class_names=["raccoon"]) as writer:
        ...     for picture in pictures:
        ...         writer.add(picture)

    Args:
        output: the folder to make; it may exist as long as it is empty.
        class_names: in the order of the labels.
        class_ids: COCO's category ids, None where there are none.
        reserved_names: names without ending that no picture may have.

    Attributes:
        pictures: how many of each split have been written.
        objects: how many of each split have been written.
        objects_of_class: how many of each label have been written.
        renamed: how many pictures could not have the name they wanted.

    Raises:
        DataError: a class name is blank, holds a line break or the like, or stands there twice.
    """

    def __init__(
        self,
        output: Path,
        class_names: Sequence[str],
        class_ids: Sequence[int] | None = None,
        *,
        reserved_names: Iterable[str] = (),
    ) -> None:
        _check_class_names(class_names)
        self.class_names, self.class_ids = tuple(class_names), class_ids
        self.pictures: Counter[SplitName] = Counter()
        self.objects: Counter[SplitName] = Counter()
        self.objects_of_class: Counter[int] = Counter()
        self.renamed = 0
        self._output = OutputFolder(output)
        self._folder = self._output.path
        self._reserved = tuple(reserved_names)
        self._names: dict[Path, FileNames] = {}
        self._closing = ExitStack()

    @abstractmethod
    def _picture_folder(self, split: SplitName) -> Path:
        """Where a split's pictures go; those in one folder get names of their own."""

    @abstractmethod
    def _write_labels(self, picture: LabelledPicture, file: Path) -> None:
        """Writes what is known of a picture whose file is `file`, there already."""

    @abstractmethod
    def _begin(self, stack: ExitStack) -> None:
        """Opens the files that stay open while pictures come; `stack` closes them."""

    @abstractmethod
    def _end(self) -> None:
        """Writes what can only be written when all pictures are there."""

    def add(self, picture: LabelledPicture) -> None:
        """Writes one picture and its labels.

        Raises:
            DataError: the picture cannot be read.
        """
        folder = self._picture_folder(picture.split)
        if folder not in self._names:
            folder.mkdir(parents=True, exist_ok=True)
            self._names[folder] = FileNames(self._reserved)
        name = self._names[folder].unique(picture.name)
        file = folder / name
        if isinstance(picture.pixels, Path):
            _copy(picture.pixels, file)
        else:
            _write_png(picture.pixels, file)
        self._write_labels(picture, file)
        self.pictures[picture.split] += 1
        self.objects[picture.split] += len(picture.labels)
        self.objects_of_class.update(picture.labels.tolist())
        self.renamed += name != picture.name

    def __enter__(self) -> "LabelWriter":
        with ExitStack() as stack:
            self._folder = stack.enter_context(self._output).path
            self._begin(stack)
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._closing.__exit__(kind, error, traceback)
            return
        with self._closing:
            self._end()

    def _relative(self, file: Path) -> str:
        return file.relative_to(self._folder).as_posix()


def _check_class_names(names: Sequence[str]) -> None:
    for name in names:
        if not name.strip() or any(map(is_control, name)):
            raise DataError(
                f"class {name!r}: a name that is blank or holds a line break or another control "
                "character cannot be written; give the class another name"
            )
        if names.count(name) > 1:
            raise DataError(f"class {name!r} stands there twice; give one of them another name")


def _copy(source: Path, target: Path) -> None:
    """Copies the bytes, of what a link points to as well."""
    try:
        opened = source.open("rb")
    except OSError as error:
        raise DataError(
            f"{source}: the picture cannot be read ({error.strerror}); "
            "make it readable, or take its labels out of the set"
        ) from error
    with opened, target.open("xb") as copy:
        shutil.copyfileobj(opened, copy, 1 << 20)


def _write_png(pixels: UInt8[np.ndarray, "height width 3"], target: Path) -> None:
    with target.open("xb") as file:
        Image.fromarray(pixels).save(file, format="PNG")
