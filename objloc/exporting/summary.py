"""An export as tables for a terminal."""

from collections.abc import Iterator, Sequence

from objloc.exporting.accuracy import METRICS
from objloc.exporting.exported_file import Accuracy, Export

LOSS = 0.02
"""Of mean IoU: int8 that costs more is warned of."""


def summary(export: Export) -> str:
    """Sizes, times and differences; where int8 was measured, accuracies and warnings, too."""
    parts = ["\n".join(_aligned(list(_files(export))))]
    if export.accuracy is not None:
        pictures = int(export.accuracy["pictures"])
        parts.append(f"accuracy on {pictures:,} pictures of the test split")
        parts.append("\n".join(_aligned(list(_accuracies(export, export.accuracy)))))
        parts += warnings(export)
    return "\n\n".join(parts)


def warnings(export: Export) -> list[str]:
    """A line for each int8 file that lost much."""
    before = export.accuracy or {}
    return [
        f"warning: {file.path.name} loses {before['mean_iou'] - file.accuracy['mean_iou']:.3f} of "
        "mean IoU; the file in float32 loses none"
        for file in export.files
        if file.accuracy is not None and before["mean_iou"] - file.accuracy["mean_iou"] > LOSS
    ]


def _files(export: Export) -> Iterator[list[str]]:
    yield ["file", "size, MB", "one picture, ms", "boxes differ by, px", "scores differ by"]
    yield ["Keras", "", f"{export.milliseconds:.2f}", "", ""]
    for file in export.files:
        found = file.difference
        side = file.exported.card.image_size
        yield [
            file.path.name,
            f"{file.megabytes:.2f}",
            f"{file.milliseconds:.2f}",
            "see below" if found is None else f"{found.box * side:.5f}",
            "see below" if found is None else f"{found.score:.7f}",
        ]


def _accuracies(export: Export, before: Accuracy) -> Iterator[list[str]]:
    yield ["model", *(name.replace("_", " ") for name in METRICS)]
    yield ["Keras", *(f"{before[name]:.4f}" for name in METRICS)]
    for file in export.files:
        if file.accuracy is not None:
            yield [file.path.name, *(f"{file.accuracy[name]:.4f}" for name in METRICS)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with columns of one width: names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
