"""Makes the study's tables out of its results."""

import statistics
from collections.abc import Sequence

from experiments.heads.record import Record, Results, by_head
from experiments.marked_text import markdown_table

REFERENCE = "grid"
_NOTHING = "Not measured yet."
_QUALITY = {"AP": "ap", "AP50": "ap50", "mean IoU": "mean_iou"}


def quality_table(results: Results, task: str) -> str:
    """One row a head: what it reaches on the test split."""
    groups = by_head(results, task)
    head = ["head", *_QUALITY, "localization accuracy", f"AP against {REFERENCE}", "seeds"]
    rows = [
        [
            f"`{name}`",
            *(_with_interval(group, metric) for metric in _QUALITY.values()),
            _spread([record.test["localization_accuracy"] for record in group]),
            _gain(group, groups.get(REFERENCE, []), "ap"),
            str(len(group)),
        ]
        for name, group in groups.items()
    ]
    return markdown_table([head, *rows]) if rows else _NOTHING


def cost_table(results: Results, task: str) -> str:
    """One row a head: what it costs to train and to run."""
    speeds = {speed.head: speed for speed in results.speeds if speed.task == task}
    head = [
        "head",
        "parameters",
        "epochs",
        "minutes in all",
        "images/s in training",
        "images/s in inference",
        "ms for one picture",
    ]
    rows = []
    for name, group in by_head(results, task).items():
        speed = speeds.get(name)
        rows.append(
            [
                f"`{name}`",
                f"{group[0].parameters:,}",
                _span([record.epochs for record in group]),
                f"{statistics.median(record.minutes for record in group):.1f}",
                f"{statistics.median(record.images_per_second for record in group):,.0f}",
                "–" if speed is None else f"{speed.images_per_second:,.0f}",
                "–" if speed is None else f"{speed.milliseconds:.1f}",
            ]
        )
    return markdown_table([head, *rows]) if rows else _NOTHING


def beside_note(records: Sequence[Record]) -> str:
    """How many trainings ran at a time; nothing where each ran alone."""
    most = max((record.beside for record in records), default=1)
    if most == 1:
        return ""
    return (
        f"Up to {most} trainings ran at a time and shared the cores: alone, each is faster. "
        "Inference was timed with nothing beside it."
    )


def _with_interval(group: Sequence[Record], metric: str) -> str:
    """Such as `0.712 ± 0.010 (0.689 to 0.735)`: the spread of seeds, the interval of the first."""
    text = _spread([record.test[metric] for record in group])
    low, high = (group[0].test.get(f"{metric}_{end}") for end in ("low", "high"))
    return text if low is None or high is None else f"{text} ({low:.3f} to {high:.3f})"


def _gain(group: Sequence[Record], reference: Sequence[Record], metric: str) -> str:
    """What a head has more than the reference, over the seeds that both have."""
    other = {record.seed: record.test[metric] for record in reference}
    gains = [r.test[metric] - other[r.seed] for r in group if r.seed in other]
    if not gains or group[0].head == REFERENCE:
        return "–"
    text = f"{statistics.mean(gains):+.3f}"
    return f"{text} ± {statistics.stdev(gains):.3f}" if len(gains) > 1 else text


def _spread(values: Sequence[float]) -> str:
    text = f"{statistics.mean(values):.3f}"
    return f"{text} ± {statistics.stdev(values):.3f}" if len(values) > 1 else text


def _span(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low} to {high}"
