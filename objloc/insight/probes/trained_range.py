"""Which values of a condition a model's training data holds, as far as its description tells."""

from collections.abc import Iterator, Mapping
from typing import Any

Range = tuple[float, float]


def trained_ranges(augment: Mapping[str, Any]) -> dict[str, Range]:
    """From and to for `rotation`, `contrast`, `brightness`, `blur` and `noise`.

    A value at which nothing is changed is always part of it. Read from albumentations' transforms
    that do the like of what the probes do; others are passed over.

    Args:
        augment: what `objloc.data.Augmentation.describe` gives.
    """
    ranges: dict[str, Range] = {
        "rotation": (0.0, 0.0),
        "contrast": (1.0, 1.0),
        "brightness": (0.0, 0.0),
        "blur": (0.0, 0.0),
        "noise": (0.0, 0.0),
    }
    for transform in _leaves([*augment.get("sprite", ()), *augment.get("image", ())]):
        for name, (low, high) in _of(transform).items():
            ranges[name] = (min(ranges[name][0], low), max(ranges[name][1], high))
    return ranges


def _of(transform: Mapping[str, Any]) -> dict[str, Range]:
    kind = str(transform.get("__class_fullname__", "")).rpartition(".")[2]
    if kind == "Rotate":
        return {"rotation": _scaled(transform["limit"], 1.0)}
    if kind == "RandomBrightnessContrast":
        low, high = transform["contrast_limit"]
        return {
            "contrast": (1.0 + low, 1.0 + high),
            "brightness": _scaled(transform["brightness_limit"], 100.0),
        }
    if kind == "GaussianBlur":
        return {"blur": _scaled(transform["sigma_limit"], 1.0)}
    if kind == "GaussNoise":
        return {"noise": _scaled(transform["std_range"], 100.0)}
    return {}


def _scaled(limits: tuple[float, float], factor: float) -> Range:
    # Rounded: 0.06 × 100 is not quite 6.
    return round(limits[0] * factor, 6), round(limits[1] * factor, 6)


def _leaves(transforms: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Single transforms, those inside OneOf, Sequential and the like included."""
    for transform in transforms:
        if "transforms" in transform:
            yield from _leaves(list(transform["transforms"]))
        else:
            yield transform
