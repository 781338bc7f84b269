"""Makes the ladder's tables out of its records."""

import statistics
from collections.abc import Sequence
from typing import Protocol

from experiments.ladder.record import Record
from experiments.ladder.results import by_experiment
from experiments.machine import Machine
from experiments.marked_text import markdown_table

_METRICS = {
    "mean IoU": "mean_iou",
    "localization accuracy": "localization_accuracy",
    "presence accuracy": "presence_accuracy",
    "AP": "ap",
    "AP50": "ap50",
    "AP75": "ap75",
    "mean IoU of the mean box": "mean_box_iou",
}
_NOTHING = "Not measured yet."


class Measured(Protocol):
    """What a study keeps of a training that says where and when it was."""

    @property
    def machine(self) -> Machine:
        """What it ran on."""

    @property
    def date(self) -> str:
        """The day, ISO 8601."""


def main_table(records: Sequence[Record]) -> str:
    """One row an experiment: its lowest seed on the test split."""
    head = ["experiment", *_METRICS, "images/s in training", "minutes in all"]
    rows = [
        [
            _name(group[0]),
            *(_share(group[0], metric) for metric in _METRICS.values()),
            f"{group[0].images_per_second:,.0f}",
            f"{group[0].minutes:.1f}",
        ]
        for group in by_experiment(records).values()
    ]
    return _table([head, *rows])


def size_table(records: Sequence[Record]) -> str:
    """One row an experiment: how large the model, the training and the test were."""
    head = ["experiment", "image", "parameters", "epochs", "scenes seen", "test scenes"]
    rows = [
        [
            _name(first),
            f"{first.image_size} × {first.image_size}",
            f"{first.parameters:,}",
            str(first.epochs),
            f"{first.scenes:,}",
            f"{first.test_scenes:,}",
        ]
        for first, *_ in by_experiment(records).values()
    ]
    return _table([head, *rows])


def seed_table(records: Sequence[Record]) -> str:
    """For experiments with several seeds: a row a seed, then mean ± standard deviation."""
    titles = [title for title in _METRICS if title != "mean IoU of the mean box"]
    head = ["experiment, seed", *titles, "minutes in all"]
    rows = []
    for name, group in by_experiment(records).items():
        if len(group) < 2:
            continue
        columns = [[record.test[_METRICS[title]] for record in group] for title in titles]
        minutes = [record.minutes for record in group]
        for number, record in enumerate(group):
            values = [f"{column[number]:.4f}" for column in columns]
            rows.append([f"{name}, {record.seed}", *values, f"{record.minutes:.1f}"])
        spreads = [*(_spread(column, 4) for column in columns), _spread(minutes, 1)]
        rows.append([f"**{name}, mean ± s.d.**", *(f"**{spread}**" for spread in spreads)])
    return _table([head, *rows])


def short_table(records: Sequence[Record], scenes: dict[str, str], page: str) -> str:
    """The README's table: what each experiment shows, and the numbers one asks for first.

    Args:
        records: see `main_table`.
        scenes: experiment → its description in one line.
        page: where the contact sheets are, as a link from the README.
    """
    head = ["experiment", "scenes", "mean IoU", "localization accuracy", "AP", "minutes"]
    rows = [
        [
            f"[`{name}`]({page}#{name})",
            scenes.get(name, "").rstrip("."),
            *(_share(first, metric) for metric in ("mean_iou", "localization_accuracy", "ap")),
            f"{first.minutes:.1f}",
        ]
        for name, (first, *_) in by_experiment(records).items()
    ]
    table = _table([head, *rows])
    # The second column is text.
    return table.replace("| --- | ---: |", "| --- | --- |", 1)


def measured_on(records: Sequence[Measured]) -> str:
    """The machines, versions and days of the measurements, a line each."""
    lines = {
        f"Measured on {record.machine.hardware()}, with {record.machine.software()}": None
        for record in records
    }
    days = sorted({record.date for record in records})
    if not days:
        return _NOTHING
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return "\n".join(f"{line} ({span})." for line in lines)


def _table(rows: list[list[str]]) -> str:
    return markdown_table(rows) if len(rows) > 1 else _NOTHING


def _name(record: Record) -> str:
    return f"{record.experiment} {' '.join(f'`{word}`' for word in record.overrides)}".strip()


def _share(record: Record, metric: str) -> str:
    value = record.test.get(metric)
    return "–" if value is None or value != value else f"{value:.3f}"


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"
