"""What one COCO file says, as columns, in its own ids and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from objloc.data.files.finding import Finding


@dataclass(frozen=True)
class CocoFile:
    """I images, C categories and N annotations, in the order of the file.

    Ids that are no whole numbers stand here as numbers that the file does not use; `id_texts` has
    what they were.

    Attributes:
        image_ids: (I,) perhaps not unique.
        file_names: I names as they are written.
        sizes: (I, 2) height and width in pixels; 0 where they are not stated.
        category_ids: (C,) perhaps not unique.
        category_names: C names.
        parents: C names of the categories' supercategories, "" where there is none.
        ids: (N,) the annotations' own.
        of_image: (N,) the annotations' image ids, perhaps none of `image_ids`.
        of_category: (N,) their category ids, perhaps none of `category_ids`.
        bboxes: (N, 4) x, y, width, height in pixels, as they are written.
        area: (N,) square pixels, NaN where it is not stated.
        crowd: (N,) marked `iscrowd` or `ignore`.
        id_texts: ids that are no whole numbers, by the number that stands for them.
        findings: entries that could not be read and are in no column.
    """

    image_ids: Int64[np.ndarray, " i"]
    file_names: Sequence[str]
    sizes: Int32[np.ndarray, "i 2"]
    category_ids: Int64[np.ndarray, " c"]
    category_names: Sequence[str]
    parents: Sequence[str]
    ids: Int64[np.ndarray, " n"]
    of_image: Int64[np.ndarray, " n"]
    of_category: Int64[np.ndarray, " n"]
    bboxes: Float64[np.ndarray, "n 4"]
    area: Float64[np.ndarray, " n"]
    crowd: Bool[np.ndarray, " n"]
    id_texts: Mapping[int, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def id_text(self, number: int | np.int64) -> str:
        """An id as the file has it."""
        return self.id_texts.get(int(number), str(number))


def whole_sizes(sizes: Float64[np.ndarray, "i 2"]) -> Int32[np.ndarray, "i 2"]:
    """Heights and widths as whole pixels; 0, 0 where one of them is no size that a picture has."""
    with np.errstate(invalid="ignore"):  # NaN compares as False
        known = ((sizes >= 1) & (sizes < 2**31 - 1)).all(axis=1, keepdims=True)
    return np.where(known, np.nan_to_num(sizes), 0).round().astype(np.int32)
