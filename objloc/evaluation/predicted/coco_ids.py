"""The ids that a COCO file gives its images and classes, found by their names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from objloc.data.files.printable import printable
from objloc.data.formats.coco_json import read_coco_json
from objloc.errors import DataError


@dataclass(frozen=True)
class CocoIds:
    """Ids of a COCO file.

    Attributes:
        place: the file.
        categories: the id of each class, in the order of the labels.
        images: ids by `file_name`, with slashes.
        images_by_end: ids by the last part of `file_name`, where it is one image's alone.
    """

    place: str
    categories: tuple[int, ...]
    images: Mapping[str, int]
    images_by_end: Mapping[str, int]

    def image(self, name: str) -> int | None:
        """The id of the picture with this path; None if the file doesn't have it."""
        found = self.images.get(name)
        return self.images_by_end.get(name.rpartition("/")[2]) if found is None else found


def read_coco_ids(path: Path, class_names: Sequence[str]) -> CocoIds:
    """Looks all classes up, and all images by the names that the file gives them.

    Raises:
        DataError: the file cannot be read, has none of these classes under that name, or ids that
            are no whole numbers.
    """
    content = read_coco_json(path, path.name)
    named = dict(zip(content.category_names, content.category_ids.tolist(), strict=True))
    unknown = [name for name in class_names if name not in named]
    if unknown:
        raise DataError(
            f"coco_images={printable(path)}: it has no category {', '.join(map(repr, unknown))}, "
            f"which the model names; its categories: {', '.join(map(repr, named))}"
        )
    if content.id_texts:
        example = next(iter(content.id_texts.values()))
        raise DataError(
            f"coco_images={printable(path)}: the id {example!r} is no whole number, as COCO's "
            "results need; number its images and categories"
        )
    names = [name.replace("\\", "/") for name in content.file_names]
    ids = content.image_ids.tolist()
    ends = [name.rpartition("/")[2] for name in names]
    once = Counter(ends)
    return CocoIds(
        place=str(path),
        categories=tuple(named[name] for name in class_names),
        images=dict(zip(names, ids, strict=True)),
        images_by_end={
            end: number for end, number in zip(ends, ids, strict=True) if once[end] == 1
        },
    )
