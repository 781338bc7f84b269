"""What heads share whose boxes are distances from points, each a distribution over lengths."""

from collections.abc import Mapping
from typing import Any

from objloc.models.assignment import Assignment
from objloc.models.cells import distances_to_sides
from objloc.models.distributions import distribution_focal_floor, distribution_focal_loss


class SideDistances:
    """Mixin of a head: adds the distribution focal loss of the distances to a box's four sides.

    Attributes:
        points: (K, 2) normalised x, y that the candidates stand on; set when it is built.
        lengths: what the last bin stands for, in shares of the picture: (K, 4), or 1.
        distribution_weight: weight of the loss beside the box loss.
    """

    points: Any
    lengths: Any = 1.0
    distribution_weight: float

    @property
    def auxiliary_weights(self) -> dict[str, float]:
        """That of ``distribution``."""
        return {"distribution": self.distribution_weight}

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """The distribution focal loss of the four distances (B, K)."""
        log_probabilities = outputs["side_log_probabilities"]
        return {
            "distribution": distribution_focal_loss(self._distances(assignment), log_probabilities)
        }

    def auxiliary_floors(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """That of the distribution focal loss (B, K)."""
        bins = outputs["side_log_probabilities"].shape[-1]
        return {"distribution": distribution_focal_floor(self._distances(assignment), bins)}

    def _distances(self, assignment: Assignment) -> Any:
        """How far the sides are, in shares of what the last bin stands for: (B, K, 4)."""
        return distances_to_sides(self.points, assignment.boxes) / self.lengths
