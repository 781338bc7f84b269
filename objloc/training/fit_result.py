"""What a training came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FitResult:
    """Returned by `fit`.

    Attributes:
        history: one mapping per epoch, Keras' names (`loss`, `val_mean_iou`) → value; epochs before
            a resume included.
        stopped_early: whether a callback ended the training before its last epoch.
    """

    history: Sequence[Mapping[str, float]]
    stopped_early: bool

    @property
    def epochs(self) -> int:
        """Number of epochs trained."""
        return len(self.history)

    @property
    def images_per_second(self) -> float:
        """Training speed: the median over epochs, NaN where none was measured."""
        speeds = sorted(
            epoch["images_per_second"] for epoch in self.history if "images_per_second" in epoch
        )
        return speeds[len(speeds) // 2] if speeds else float("nan")
