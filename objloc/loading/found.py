"""What `objloc.load`'s model answers for one picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from objloc.loading.found_object import FoundObject


@dataclass(frozen=True, eq=False)
class Found:
    """The objects in one picture, best score first: four arrays, or one object after the other.

    Attributes:
        boxes: float32 (N, 4), x1 y1 x2 y2 in pixels of the upright picture; N may be 0.
        labels: int32 (N,), indices into the model's class names.
        names: N class names.
        scores: float32 (N,), 0..1.

    Example:
        >>> for one in model("photo.jpg"):
        ...     print(one.name, one.score, one.box)
    """

    boxes: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[FoundObject]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> FoundObject:
        x1, y1, x2, y2 = (float(side) for side in self.boxes[place])
        return FoundObject(
            self.names[place], int(self.labels[place]), float(self.scores[place]), (x1, y1, x2, y2)
        )

    def __repr__(self) -> str:
        return f"Found({', '.join(map(str, self)) or 'nothing'})"
