"""Metric names: Keras' `val_loss` and `loss` against objloc's `val/loss` and `train/loss`."""

from collections.abc import Mapping

from objloc.errors import TrainingError


def to_tracking(name: str) -> str:
    """Return objloc's name for a key of Keras' logs: `val_x` → `val/x`, `x` → `train/x`."""
    return f"val/{name[4:]}" if name.startswith("val_") else f"train/{name}"


def to_keras(name: str) -> str:
    """Return the key in Keras' logs for objloc's name; the inverse of `to_tracking`."""
    split, _, metric = name.partition("/")
    return {"val": f"val_{metric}", "train": metric}.get(split, name)


def monitored(logs: Mapping[str, float], monitor: str, owner: str) -> float:
    """Return the value of the metric `monitor` (`val/mean_iou`) in an epoch's logs.

    Raises:
        TrainingError: if the metric is not there; names `owner` and what there is.
    """
    value = logs.get(to_keras(monitor), logs.get(monitor))
    if value is None:
        known = ", ".join(sorted(to_tracking(name) for name in logs))
        raise TrainingError(f"{owner}: no metric {monitor!r}; this run has: {known}")
    return float(value)


def improves(value: float, best: float | None, mode: str, min_delta: float = 0.0) -> bool:
    """Return whether `value` beats `best` by more than `min_delta` in the sense of `mode`.

    Args:
        value: the new value; NaN never improves.
        best: the best so far, None before the first.
        mode: "max" or "min".
        min_delta: what counts as no change.
    """
    if value != value:
        return False
    if best is None:
        return True
    return value > best + min_delta if mode == "max" else value < best - min_delta
