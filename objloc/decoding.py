"""From candidates to detections: suppression and box voting, over an array namespace.

``xp`` is the array namespace: ``numpy`` (the default), where decoding takes place outside of the
model, or ``keras.ops``, which puts it into the compiled or exported graph. Both run the same lines.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from objloc import boxes as geometry
from objloc.errors import ConfigError

Suppression = Literal["per_class", "class_agnostic"]

MANY = 100
"""Detections of an image where data holds several objects: COCO's limit for AP."""


@dataclass(frozen=True)
class Decoding:
    """How candidates become detections; stored with a model.

    Attributes:
        max_detections: detections of an image at most, D; None leaves it to the data
            (``for_objects``).
        score_threshold: candidates with a lower score are no detections, but for the best one of
            an image. What counts as found is decided later, by the model's own threshold.
        iou_threshold: a candidate with a higher IoU with a better one is suppressed; 1 or more
            switches suppression off.
        suppression: whether only candidates of the same class suppress each other.
        soft_sigma: with a number, an overlapping candidate is not suppressed but its score falls
            by exp(-IoU² / soft_sigma): Bodla et al. 2017, "Soft-NMS", equation 3; ``iou_threshold``
            is then not used.
        vote_iou: a detection's box is the mean, weighted by score, of those candidates of its class
            that have at least this IoU with it: Gidaris and Komodakis 2015, "Object detection via
            a multi-region CNN", section 5; 1 or more switches voting off.
        candidates: so many of the best-scored candidates are looked at.
        in_graph: decode inside the model's compiled or exported graph, or outside, in NumPy.
    """

    max_detections: int | None = None
    score_threshold: float = 0.001
    iou_threshold: float = 0.6
    suppression: Suppression = "per_class"
    soft_sigma: float | None = None
    vote_iou: float = 0.6
    candidates: int = 1000
    in_graph: bool = True

    def __post_init__(self) -> None:
        """Raises ConfigError where a value has no meaning."""
        if self.suppression not in get_args(Suppression):
            raise ConfigError(
                f"decoding.suppression={self.suppression}: it is one of "
                f"{', '.join(get_args(Suppression))}"
            )
        for name in ("max_detections", "candidates"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError(f"decoding.{name}={value}: it must be at least 1")
        if self.soft_sigma is not None and self.soft_sigma <= 0:
            raise ConfigError(f"decoding.soft_sigma={self.soft_sigma}: it must be above 0")

    def for_objects(self, max_objects: int) -> "Decoding":
        """The same, with ``max_detections`` settled for data with so many objects an image."""
        if self.max_detections is not None:
            return self
        return replace(self, max_detections=1 if max_objects == 1 else MANY)

    def for_progress(self, max_objects: int) -> "Decoding":
        """The same, cut short: to follow a training on data with so many objects an image.

        Detections beyond twice the objects, or with a score below .01, hardly move a metric, but
        each costs time in every step.
        """
        limit = min(self.max_detections or 1, 2 * max_objects)
        threshold = max(self.score_threshold, 0.01)
        return replace(self, max_detections=limit, score_threshold=threshold)

    def changed(self, **changes: Any) -> "Decoding":
        """The same with other values; what is None stays as it is."""
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(self, **given)

    def overruled(self, asked: "Decoding | Mapping[str, Any]") -> "Decoding":
        """What is asked for in place of this: a whole decoding, or some of its values.

        A whole one keeps this one's number of detections unless it has a number of its own.
        """
        if isinstance(asked, Decoding):
            return replace(asked, max_detections=asked.max_detections or self.max_detections)
        return self.changed(**asked)

    def as_dict(self) -> dict[str, Any]:
        """The attributes, ready for JSON."""
        return asdict(self)


def scores_and_labels(outputs: Mapping[str, Any], xp: Any = np) -> tuple[Any, Any]:
    """Score (B, K), in 0..1, and best label (B, K), int32, of every candidate.

    The score is sigmoid(objectness) × the largest class probability.
    """
    logits = outputs["class_logits"]
    largest = xp.max(logits, axis=-1)
    certainty = 1 / xp.sum(xp.exp(logits - largest[..., None]), axis=-1)
    # Far below 0, 1 / (1 + exp(-x)) would overflow.
    small = xp.exp(-xp.abs(outputs["objectness"]))
    objectness = xp.where(outputs["objectness"] < 0, small, 1.0) / (1 + small)
    return objectness * certainty, _place_of_largest(logits, xp)


def decode(outputs: Mapping[str, Any], decoding: Decoding, xp: Any = np) -> dict[str, Any]:
    """The detections of B images, best score first.

    Greedy: the candidate with the highest score is a detection, takes those that it overlaps out of
    the race (or down, with soft-NMS), and so on. Of equal scores the first candidate wins.

    Args:
        outputs: a localizer's outputs: ``boxes`` (B, K, 4) normalised xyxy, ``class_logits``
            (B, K, C), ``objectness`` (B, K).
        decoding: ``max_detections`` None stands for 1.
        xp: the namespace of the arrays.

    Returns:
        ``boxes`` (B, D, 4) normalised xyxy, ``labels`` (B, D) int32, -1 where padded, ``scores``
        (B, D), 0 where padded.
    """
    scores, labels = scores_and_labels(outputs, xp)
    boxes = outputs["boxes"]
    count, limit = scores.shape[1], decoding.max_detections or 1
    if count > decoding.candidates:
        best = _largest(scores, decoding.candidates, xp)  # (B, k)
        scores = xp.take_along_axis(scores, best, axis=1)
        labels = xp.take_along_axis(labels, best, axis=1)
        boxes = xp.take_along_axis(boxes, best[..., None], axis=1)
        count = decoding.candidates
    steps = min(limit, count)
    found = _select(boxes, labels, scores, steps, decoding, xp)
    if steps < limit:
        padding = ((0, 0), (0, limit - steps))
        found = {
            "boxes": xp.pad(found["boxes"], (*padding, (0, 0))),
            "labels": xp.pad(found["labels"], padding, constant_values=-1),
            "scores": xp.pad(found["scores"], padding),
        }
    return found


def _select(
    boxes: Any, labels: Any, scores: Any, steps: int, decoding: Decoding, xp: Any
) -> dict[str, Any]:
    """The detections among k candidates: boxes (B, k, 4), labels (B, k), scores (B, k)."""
    places = xp.arange(scores.shape[1], dtype="int32")[None]  # (1, k)
    rows = xp.arange(steps, dtype="int32")[None]  # (1, D)
    votes = decoding.vote_iou < 1 and scores.shape[1] > 1
    competes = steps > 1

    def pick(state: tuple[Any, ...]) -> tuple[Any, ...]:
        step, left, picked_boxes, picked_labels, picked_scores = state
        score = xp.max(left, axis=1)[:, None]  # (B, 1)
        best = _place_of_largest(left, xp)[:, None]
        box = xp.take_along_axis(boxes, best[..., None], axis=1)  # (B, 1, 4)
        label = xp.take_along_axis(labels, best, axis=1)  # (B, 1)
        overlap = geometry.iou(boxes, box, xp)  # (B, k)
        same = labels == label
        chosen = box
        if votes:
            weights = xp.where((overlap >= decoding.vote_iou) & same, scores, 0.0)  # (B, k)
            total = xp.sum(weights, axis=1)[:, None, None]
            mean = xp.matmul(weights[:, None], boxes)  # (B, 1, 4)
            mean = mean / xp.maximum(total, geometry.EPSILON)
            chosen = xp.where(total > 0, mean, box)
        if competes:
            left = _weakened(left, overlap, same, decoding, xp)
            left = xp.where(places == best, -1.0, left)
        real = (score >= decoding.score_threshold) | (step == 0)
        here = (rows == step) & real  # (B, D)
        return (
            step + 1,
            left,
            xp.where(here[..., None], chosen, picked_boxes),
            xp.where(here, label, picked_labels),
            xp.where(here, score, picked_scores),
        )

    def goes_on(state: tuple[Any, ...]) -> Any:
        step, left = state[:2]
        return (step < steps) & ((step == 0) | xp.any(left >= decoding.score_threshold))

    blank = xp.zeros_like(scores[:, :1]) + xp.zeros((1, steps), dtype=scores.dtype)  # (B, D)
    start = (
        xp.zeros((), dtype="int32"),
        scores,
        xp.zeros_like(boxes[:, :1]) + blank[..., None],
        _integer(blank, xp) - 1,
        blank,
    )
    end = pick(start) if steps == 1 else _repeat(goes_on, pick, start, xp)
    return {"boxes": end[2], "labels": end[3], "scores": end[4]}


def _weakened(left: Any, overlap: Any, same: Any, decoding: Decoding, xp: Any) -> Any:
    """The scores (B, k) of the candidates that are left, after one of them was picked."""
    rivals = same if decoding.suppression == "per_class" else xp.ones_like(same)
    if decoding.soft_sigma is not None:
        return xp.where(
            rivals & (left > 0), left * xp.exp(-(overlap**2) / decoding.soft_sigma), left
        )
    if decoding.iou_threshold >= 1:
        return left
    return xp.where(rivals & (overlap > decoding.iou_threshold), -1.0, left)


def _repeat(
    goes_on: Callable[[Any], Any], step: Callable[[Any], Any], state: Any, xp: Any
) -> tuple[Any, ...]:
    """``step`` over and over while the state ``goes_on``."""
    if xp is not np:
        return xp.while_loop(lambda *s: goes_on(s), lambda *s: step(s), state)
    while goes_on(state):
        state = step(state)
    return state


def _largest(scores: Any, count: int, xp: Any) -> Any:
    """The places (B, count) of the highest of scores (B, K), falling; of equal ones the first."""
    if xp is not np:
        return xp.top_k(scores, count)[1]
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]


def _place_of_largest(values: Any, xp: Any) -> Any:
    """Where along the last axis the largest value is, int32; of equal ones the first."""
    if xp is np:
        return np.argmax(values, axis=-1).astype(np.int32)
    # Not argmax: to tell -0 from 0, Keras looks at the bits of numbers, and of the formats that
    # models are exported to, only TensorFlow's own can do that.
    return xp.cast(xp.top_k(values, 1)[1][..., 0], "int32")


def _integer(values: Any, xp: Any) -> Any:
    """The values as int32."""
    return values.astype(np.int32) if xp is np else xp.cast(values, "int32")
