"""Which values of a condition a model's training data holds, as far as its description tells."""

from collections.abc import Iterator, Mapping
from typing import Any

Range = tuple[float, float]

_TOUCHED = {"sprite": ("rotation",), "image": ("contrast", "brightness", "blur", "noise")}
"""What a transform may change, by where it is."""

_ALSO_TOUCHED: dict[str, tuple[str, ...]] = {
    "CoarseDropout": (),
    "ColorJitter": ("contrast", "brightness"),
    "HorizontalFlip": (),
    "HueSaturationValue": (),
    "MotionBlur": (),  # another blur than the one that is asked for
    "NoOp": (),
    "ToGray": (),
    "VerticalFlip": (),
}
"""What transforms change of it whose ranges are not read here."""


def trained_ranges(augment: Mapping[str, Any]) -> dict[str, Range]:
    """From and to for `rotation`, `contrast`, `brightness`, `blur` and `noise`.

    A value at which nothing is changed is always part of it. Read from albumentations' transforms
    that do the like of what the probes do. What is not known is left out: a transform that nobody
    here knows may turn a sprite, and do anything else to a picture.

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
    unknown: set[str] = set()
    for where, touched in _TOUCHED.items():
        for transform in _leaves(list(augment.get(where, ()))):
            found = _of(transform)
            if not found:
                unknown.update(_ALSO_TOUCHED.get(_kind(transform), touched))
            for name, (low, high) in found.items():
                ranges[name] = (min(ranges[name][0], low), max(ranges[name][1], high))
    return {name: one for name, one in ranges.items() if name not in unknown}


def _of(transform: Mapping[str, Any]) -> dict[str, Range]:
    kind = _kind(transform)
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


def _kind(transform: Mapping[str, Any]) -> str:
    return str(transform.get("__class_fullname__", "")).rpartition(".")[2]


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
