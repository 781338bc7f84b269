"""No answer costs less than the floor, and the best one costs just that."""

from typing import Any

import numpy as np
import pytest
from keras import ops
from scipy.optimize import minimize, minimize_scalar

from objloc.models.assignment import Assignment
from objloc.models.distributions import distribution_focal_floor, distribution_focal_loss
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.yolo import Yolo
from objloc.training import LocalizationLoss
from objloc.training.losses.box_losses import BOX_LOSSES
from objloc.training.losses.floors import loss_floors

WEIGHTS = {"box": 2.0, "class": 3.0, "objectness": 0.5}
BINS, CLASSES, CELLS = 8, 3, 16
DRAW = np.random.default_rng(3)


def targets(boxes: np.ndarray) -> dict[str, Any]:
    """One object of class 1 a picture."""
    return {
        "boxes": ops.array(boxes[:, None], "float32"),
        "labels": ops.ones((len(boxes), 1), "int32"),
    }


def random_boxes(count: int) -> np.ndarray:
    corners = np.sort(DRAW.uniform(0.02, 0.98, (count, 2, 2)), axis=1)
    return corners.reshape(count, 4)


def regression_floor(boxes: np.ndarray, **options: Any) -> dict[str, float]:
    outputs = {
        "boxes": ops.zeros((len(boxes), 1, 4)),
        "class_logits": ops.zeros((len(boxes), 1, CLASSES)),
        "objectness": ops.zeros((len(boxes), 1)),
    }
    loss = LocalizationLoss(WEIGHTS, **options)
    found = loss_floors(loss, Regression(CLASSES), targets(boxes), outputs)
    return {name: float(value) for name, value in found.items()}


def test_bce_costs_least_at_the_truth_and_just_its_entropy() -> None:
    boxes = random_boxes(200)
    floor = regression_floor(boxes, box="bce")["loss_box"]
    entropy = -boxes * np.log(boxes) - (1 - boxes) * np.log(1 - boxes)
    assert floor == pytest.approx(entropy.mean(), rel=1e-6)

    def cost(predicted: np.ndarray) -> float:
        truth = ops.array(boxes, "float32")
        return float(ops.mean(BOX_LOSSES["bce"](truth, ops.array(predicted, "float32"))))

    assert cost(boxes) == pytest.approx(floor, rel=1e-6)
    for step in (-0.01, 0.01):
        assert cost(boxes + step) > floor + 1e-4


def test_coordinates_spread_evenly_cost_half_a_nat() -> None:
    even = (np.arange(40_000) + 0.5) / 40_000
    assert regression_floor(even.reshape(-1, 4), box="bce")["loss_box"] == pytest.approx(
        0.5, abs=1e-4
    )


@pytest.mark.parametrize("box", [name for name in BOX_LOSSES if name != "bce"])
def test_other_box_losses_can_be_zero(box: str) -> None:
    assert regression_floor(random_boxes(50), box=box)["loss_box"] == pytest.approx(0, abs=1e-6)


def test_smoothed_labels_by_hand() -> None:
    floor = regression_floor(random_boxes(4), label_smoothing=0.3)["loss_class"]
    assert floor == pytest.approx(-0.8 * np.log(0.8) - 0.2 * np.log(0.1), rel=1e-6)
    assert regression_floor(random_boxes(4))["loss_class"] == 0


@pytest.mark.parametrize("truth", [0.0, 0.1, 0.5, 3 / 7, 0.93, 1.2])
def test_no_distribution_over_bins_costs_less(truth: float) -> None:
    steps = np.concatenate([np.zeros((1, BINS)), 1e-4 * np.eye(BINS)])

    def cost_and_slope(logits: np.ndarray) -> tuple[float, np.ndarray]:
        log_probabilities = ops.log_softmax(ops.array((logits + steps)[:, None], "float64"))
        values = ops.array(np.full((len(steps), 1), truth), "float64")
        costs = np.asarray(distribution_focal_loss(values, log_probabilities))
        return costs[0], (costs[1:] - costs[0]) / 1e-4

    best = minimize(cost_and_slope, np.zeros(BINS), jac=True, method="BFGS").fun
    floor = float(distribution_focal_floor(ops.array([truth], "float64"), BINS))
    assert floor - 1e-6 <= best <= floor + 2e-3


@pytest.mark.parametrize(
    "options",
    [{}, {"objectness": "focal"}, {"objectness": "focal", "focal_gamma": 0.0}],
    ids=["bce", "focal", "focal without its factor"],
)
@pytest.mark.parametrize("quality", [0.0, 0.3, 0.85, 1.0])
def test_no_logit_costs_less(
    quality: float, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Regression(CLASSES)
    answer = Assignment(
        positive=ops.ones((1, 1)),
        boxes=ops.array([[[0.2, 0.2, 0.6, 0.6]]]),
        labels=ops.ones((1, 1), "int32"),
        quality=ops.array([[quality]]),
    )
    monkeypatch.setattr(head, "assign", lambda *_: answer)
    loss = LocalizationLoss(WEIGHTS, **options)
    truth = targets(np.array([[0.2, 0.2, 0.6, 0.6]]))

    def outputs(logit: float) -> dict[str, Any]:
        return {
            "boxes": answer.boxes,
            "class_logits": ops.zeros((1, 1, CLASSES)),
            "objectness": ops.array([[logit]], "float32"),
        }

    best = minimize_scalar(
        lambda logit: float(loss(head, truth, outputs(logit))["loss_objectness"]),
        bounds=(-18, 18),
        method="bounded",
    ).fun
    floor = float(loss_floors(loss, head, truth, outputs(0.0))["loss_objectness"])
    assert floor == pytest.approx(best, abs=2e-6)


def perfect_outputs(answer: Assignment, loss: LocalizationLoss, head: Head) -> dict[str, Any]:
    """What costs least: truth, smoothed labels and qualities; shares of the bins for sides."""
    smooth = loss.label_smoothing
    shares = np.eye(CLASSES)[np.asarray(answer.labels)] * (1 - smooth) + smooth / CLASSES
    quality = np.clip(np.asarray(answer.quality, np.float64), 1e-9, 1 - 1e-9)
    found = {
        "boxes": answer.boxes,
        "class_logits": ops.array(np.log(np.maximum(shares, 1e-30)), "float32"),
        "objectness": ops.array(np.log(quality / (1 - quality)), "float32"),
    }
    if isinstance(head, SoftArgmax):
        sides = np.asarray(answer.boxes)[:, 0]
        return found | {
            "columns": log_shares(sides[:, 0::2]),
            "rows": log_shares(sides[:, 1::2]),
        }
    boxes = np.asarray(answer.boxes)
    near, far = head.points - boxes[..., :2], boxes[..., 2:] - head.points
    distances = np.concatenate([near, far], axis=-1) / head.lengths
    return found | {"side_log_probabilities": log_shares(distances)}


def log_shares(values: np.ndarray) -> Any:
    """Linear interpolation between the bins beside each value, as log probabilities."""
    position = np.clip(values, 0, 1) * (BINS - 1)
    left = np.minimum(np.floor(position).astype(int), BINS - 2)
    right_share = (position - left)[..., None]
    shares = (1 - right_share) * np.eye(BINS)[left] + right_share * np.eye(BINS)[left + 1]
    return ops.array(np.log(np.maximum(shares, 1e-30)), "float32")


def graded(count: int) -> Assignment:
    """Two of the candidates of each of two pictures answer, unequally well; one doesn't count."""
    quality = np.zeros((2, count), np.float32)
    quality[:, 0] = [0.7, 0.4]
    if count > 1:
        quality[:, 1] = [0.9, 0.0]
    counted = np.ones((2, count), np.float32)
    counted[1, -1] = 0.0 if count > 1 else 1.0
    boxes = np.broadcast_to([[[0.21, 0.18, 0.63, 0.71]], [[0.4, 0.3, 0.55, 0.9]]], (2, count, 4))
    positive = (quality > 0).astype(np.float32)
    return Assignment(
        positive=ops.array(positive),
        boxes=ops.array(boxes * positive[..., None], "float32"),
        labels=ops.ones((2, count), "int32"),
        quality=ops.array(quality),
        counted=ops.array(counted),
    )


def built(head: Head) -> Head:
    if not isinstance(head, SoftArgmax):
        head.build({"8": (None, 4, 4, 8)})
    return head


@pytest.mark.parametrize(
    "make",
    [
        lambda: Grid(CLASSES, width=8, bins=BINS),
        lambda: Yolo(CLASSES, width=8, bins=BINS, strides=[8]),
        lambda: SoftArgmax(CLASSES),
    ],
    ids=["grid", "yolo", "soft_argmax"],
)
@pytest.mark.parametrize("objectness", ["bce", "focal"])
def test_a_perfect_answer_has_no_excess_and_any_other_has(
    make: Any, objectness: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = built(make())
    answer = graded(1 if isinstance(head, SoftArgmax) else CELLS)
    monkeypatch.setattr(head, "assign", lambda *_: answer)
    loss = LocalizationLoss(WEIGHTS, label_smoothing=0.1, objectness=objectness)
    truth = targets(np.array([[0.21, 0.18, 0.63, 0.71], [0.4, 0.3, 0.55, 0.9]]))
    best = perfect_outputs(answer, loss, head)
    cost = {name: float(value) for name, value in loss(head, truth, best).items()}
    floor = {name: float(v) for name, v in loss_floors(loss, head, truth, best).items()}
    assert cost == pytest.approx(floor, abs=3e-6)
    assert floor["loss_distribution"] > 0.01
    assert floor["loss_class"] > 0.01
    for name, output in best.items():
        worse = {**best, name: output + ops.array(DRAW.normal(0, 0.2, output.shape), "float32")}
        if name in ("columns", "rows", "side_log_probabilities"):
            worse[name] = ops.log_softmax(worse[name])
        assert float(loss(head, truth, worse)["loss"]) > floor["loss"] + 1e-4, name
