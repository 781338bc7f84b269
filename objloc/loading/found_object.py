"""One object that a model found in a picture."""

from typing import NamedTuple


class FoundObject(NamedTuple):
    """A class, how sure the model is, and where.

    Attributes:
        name: of the class.
        label: the class's index.
        score: 0..1.
        box: x1, y1, x2, y2 in pixels of the upright picture.
    """

    name: str
    label: int
    score: float
    box: tuple[float, float, float, float]

    def __str__(self) -> str:
        return f"{self.name} {self.score:.2f} at ({', '.join(f'{side:.1f}' for side in self.box)})"
