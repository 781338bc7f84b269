"""How a model's answers depend on where in the picture an object is."""

from dataclasses import dataclass

from experiments.white_box.size import Size
from experiments.white_box.task import rectangles
from experiments.white_box.training import Trained
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.blind_spots import BlindSpot, blind_spots
from objloc.insight.probes.equivariance import Equivariance, equivariance
from objloc.insight.probes.position_map import PositionMap, position_map
from objloc.insight.probes.scene_stage import SceneStage


@dataclass(frozen=True)
class Places:
    """What the probes of place say of one model.

    Attributes:
        positions: how well the same objects are found at each place.
        shifted: how far a box strays from an object that is moved.
        spots: where fewer are found than elsewhere.
    """

    positions: PositionMap
    shifted: Equivariance
    spots: list[BlindSpot]

    @property
    def blind_spot(self) -> str:
        """The probe's sentence on the most conspicuous of them."""
        return self.spots[0].text() if self.spots else "no blind spot"


def places_of(trained: Trained, size: Size) -> Places:
    """Probes a model of white rectangles, wherever it saw them in training."""
    stage = SceneStage(rectangles(size), trained.localizer.class_names)
    objects = max(2, size.probed // 2)
    with Asker(trained.predictor, objects * (size.places**2 + 32)) as ask:
        positions = position_map(ask, stage, objects, size.places)
        shifted = equivariance(ask, stage, objects)
    return Places(positions, shifted, blind_spots(positions))
