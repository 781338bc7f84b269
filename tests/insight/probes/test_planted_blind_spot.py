"""The probe of places finds what training left out."""

from pathlib import Path

from objloc.data.scenes import Scenes
from objloc.evaluation import Predictor
from objloc.insight.probes.blind_spots import BlindSpot
from objloc.insight.probes.probes import run_probes
from objloc.models import KerasEngine, Localizer
from objloc.models.heads.regression import Regression
from tests.insight.probes.left_third import WithoutLeftThird
from tests.insight.trained import SIDE, trained


def found_in(localizer: Localizer) -> list[BlindSpot]:
    # Objects of 12 to 14 px, which models trained for seconds find wherever they were shown them.
    scenes = Scenes(sprites="rectangles", image_size=SIDE, min_size=12, max_size=20)
    predictor = Predictor(KerasEngine(localizer))
    finding = run_probes(predictor, scenes, probes=["position"], places=7, objects_per_place=16)
    assert finding.position is not None
    assert finding.position.recall[:, 3:].mean() > 0.95
    return list(finding.blind_spots)


def test_a_model_trained_without_the_left_third_is_told_by_it(
    scenes: Scenes, tmp_path: Path
) -> None:
    # What flattens its map learns every place for itself; a grid is the same everywhere, and would
    # find most objects where it was never shown one.
    head = Regression(1, hidden=(64,))
    [spot] = found_in(trained(head, WithoutLeftThird(scenes), tmp_path))
    # The second of seven columns, 3 px from where training begins, is half blind: which of the two
    # words is nearer may depend on the processor.
    assert spot.name in ("left third", "left quarter")
    assert spot.x[1] < SIDE / 3
    assert spot.recall < 0.3
    assert spot.elsewhere > 0.95
    assert spot.p_value <= 0.01


def test_a_model_trained_everywhere_has_no_blind_spot(soft_argmax: Localizer) -> None:
    assert found_in(soft_argmax) == []
