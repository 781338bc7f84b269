"""Keeps the measured speeds and makes the table of them."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from experiments.speed.measure import Speed


def read_speeds(file: Path) -> list[Speed]:
    """The speeds of a file; none if there is no file."""
    if not file.exists():
        return []
    return [
        Speed(
            **{
                **entry,
                "machine": Machine(**entry["machine"]),
                **{name: tuple(entry[name]) for name in ("overrides", "real", "repeated")},
            }
        )
        for entry in json.loads(file.read_text(encoding="utf-8"))
    ]


def write_speeds(file: Path, speeds: Sequence[Speed]) -> None:
    """Write speeds by experiment."""
    file.write_text(json.dumps([asdict(speed) for speed in speeds], indent=2) + "\n", "utf-8")


def speed_table(speeds: Sequence[Speed]) -> str:
    """One row an experiment: medians, and the range of the ratio over the rounds."""
    if not speeds:
        return "Not measured yet."
    head = [
        "experiment",
        "images/s, real epochs",
        "images/s, one repeated batch",
        "ratio, median (range)",
        "scenes/s of the pipeline alone",
        "share of a core for scenes",
    ]
    rows = [
        [
            f"{speed.experiment} {' '.join(f'`{word}`' for word in speed.overrides)}".strip(),
            f"{statistics.median(speed.real):,.0f}",
            f"{statistics.median(speed.repeated):,.0f}",
            f"{statistics.median(speed.ratios):.3f} "
            f"({min(speed.ratios):.3f} to {max(speed.ratios):.3f})",
            f"{speed.scenes_per_second:,.0f}",
            f"{speed.core_share:.1%}",
        ]
        for speed in speeds
    ]
    lines = {
        f"{len(speed.real)} rounds of {speed.steps} steps, on {speed.machine.hardware()}, with "
        f"{speed.machine.software()} ({speed.date}).": None
        for speed in speeds
    }
    return "\n".join([markdown_table([head, *rows]), "", *lines])


def write_page(page: Path, speeds: Sequence[Speed]) -> None:
    """Rewrite the table of `experiments/speed/README.md`."""
    text = replace_marked(page.read_text(encoding="utf-8"), "speed", speed_table(speeds))
    page.write_text(text, encoding="utf-8")
