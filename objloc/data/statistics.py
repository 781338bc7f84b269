"""What a dataset holds, counted from samples: classes, empty pictures, box sizes and places."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from objloc.data.sample import Sample

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""The shares for which quantiles are given: the smallest, the middle, the largest and between."""

_GRID = 3
_SIZES = 6  # of pictures, that are listed


@dataclass(frozen=True)
class Statistics:
    """Counts over a number of samples; ignored objects are left out.

    Attributes:
        samples: pictures looked at.
        objects: objects in them.
        empty_share: share of pictures without an object.
        class_counts: objects of each class, in the order of the labels.
        per_sample: objects in a picture, empty ones included, at the shares `QUANTILES`.
        sizes: different picture sizes as "height×width" with their counts.
        width, height: box sides in pixels at the shares `QUANTILES`.
        area: box area as a share of the picture at the shares `QUANTILES`.
        centres: share of box centres in each cell of a 3 × 3 grid over the picture, row by row.
    """

    samples: int
    objects: int
    empty_share: float
    class_counts: dict[str, int]
    per_sample: tuple[float, ...]
    sizes: dict[str, int]
    width: tuple[float, ...]
    height: tuple[float, ...]
    area: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def as_text(self) -> str:
        """A table for people."""
        lines = [
            f"{self.samples} pictures, {self.objects} objects, {self.empty_share:.1%} empty",
            f"picture size: {self._sizes_as_text()}",
            "",
            f"{'class':<24}{'objects':>9}{'share':>9}",
        ]
        for name, count in self.class_counts.items():
            lines.append(f"{name:<24}{count:>9}{count / max(1, self.objects):>9.1%}")
        if not self.objects:
            return "\n".join(lines)
        names = ("min", *(f"{q:.0%}" for q in QUANTILES[1:-1]), "max")
        heads = "".join(f"{name:>9}" for name in names)
        if self.per_sample[-1] > 1:
            lines += [
                "",
                f"{'pictures':<24}{heads}",
                f"{'objects':<24}" + "".join(f"{value:>9.1f}" for value in self.per_sample),
            ]
        lines += ["", f"{'boxes':<24}{heads}"]
        for name, values in (("width, px", self.width), ("height, px", self.height)):
            lines.append(f"{name:<24}" + "".join(f"{value:>9.1f}" for value in values))
        lines.append(f"{'area, % of picture':<24}" + "".join(f"{100 * v:>9.2f}" for v in self.area))
        lines += ["", "where the centres are, % of objects"]
        for row in self.centres:
            lines.append(" " * 24 + "".join(f"{100 * value:>9.1f}" for value in row))
        return "\n".join(lines)

    def _sizes_as_text(self) -> str:
        """The commonest sizes; photographs have hundreds."""
        commonest = sorted(self.sizes.items(), key=lambda item: -item[1])
        text = ", ".join(f"{size} ({n})" for size, n in commonest[:_SIZES])
        more = len(commonest) - _SIZES
        return f"{text} and {more} more" if more > 0 else text


def statistics(samples: Iterable[Sample], class_names: Sequence[str]) -> Statistics:
    """Counts over samples, which are looked at once and not kept.

    Args:
        samples: at least one.
        class_names: in the order of the labels.

    Raises:
        ValueError: there are no samples.
    """
    boxes, labels, areas, centres = [], [], [], []
    sizes: dict[str, int] = {}
    count = empty = 0
    for sample in samples:
        count += 1
        height, width = sample.image.shape[:2]
        size = f"{height}×{width}"
        sizes[size] = sizes.get(size, 0) + 1
        kept = sample.boxes[~sample.ignore]
        empty += not len(kept)
        boxes.append(kept)
        labels.append(sample.labels[~sample.ignore])
        areas.append((kept[:, 2] - kept[:, 0]) * (kept[:, 3] - kept[:, 1]) / (height * width))
        centres.append((kept[:, :2] + kept[:, 2:]) / 2 / np.array([width, height]))
    if not count:
        raise ValueError("no samples to count")
    every = np.concatenate(boxes)
    per_class = np.bincount(np.concatenate(labels), minlength=len(class_names))
    return Statistics(
        samples=count,
        objects=len(every),
        empty_share=empty / count,
        class_counts={name: int(n) for name, n in zip(class_names, per_class, strict=True)},
        per_sample=_quantiles(np.array([len(kept) for kept in boxes], np.float64)),
        sizes=sizes,
        width=_quantiles(every[:, 2] - every[:, 0]),
        height=_quantiles(every[:, 3] - every[:, 1]),
        area=_quantiles(np.concatenate(areas)),
        centres=_grid(np.concatenate(centres)),
    )


def _quantiles(values: Float[np.ndarray, " n"]) -> tuple[float, ...]:
    if not len(values):
        return ()
    return tuple(float(value) for value in np.quantile(values, QUANTILES))


def _grid(centres: Float[np.ndarray, "n 2"]) -> tuple[tuple[float, ...], ...]:
    cells = np.clip((centres * _GRID).astype(int), 0, _GRID - 1)
    counts = np.zeros((_GRID, _GRID))
    np.add.at(counts, (cells[:, 1], cells[:, 0]), 1)
    return tuple(tuple(float(v) for v in row) for row in counts / max(1, len(centres)))
