"""Keeps what was measured and makes the tables of it."""

import json
import statistics
from dataclasses import asdict
from pathlib import Path

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from experiments.scale.measure import Scale, median, ratios, slope

_OPENINGS = {
    "open_dataset": "labels read, no picture looked at (`check_pictures=false`)",
    "open_checked": "and every picture's header and end looked at (the default)",
    "open_dealt": "and validation and test dealt by content: every file read",
}


def read_scale(file: Path) -> Scale:
    """What was measured, from a file."""
    content = json.loads(file.read_text(encoding="utf-8"))
    return Scale(**{**content, "machine": Machine(**content["machine"])})


def write_scale(file: Path, scale: Scale) -> None:
    """Keeps what was measured."""
    file.write_text(json.dumps(asdict(scale), indent=1) + "\n", encoding="utf-8")


def tables(scale: Scale) -> str:
    """Reading, opening, and an epoch."""
    size = scale.size
    head = (
        f"{size['pictures']:,} pictures, {size['boxes']:,} boxes, on {scale.machine.hardware()}, "
        f"with {scale.machine.software()} ({scale.date}). MB are beyond those of the process "
        "before; each row is a process of its own."
    )
    return "\n\n".join([head, reading_table(scale), opening_table(scale), epoch_table(scale)])


def reading_table(scale: Scale) -> str:
    """A row for each label file: the two readers, and their ratio in each round."""
    rows = [
        [
            "label file",
            "MB on disk",
            "`json.load`, s of CPU",
            "`Coco.read`, s of CPU",
            "ratio, median (range)",
            "`json.load`, MB at most",
            "`Coco.read`, MB at most",
            "MB afterwards: objects",
            "table",
        ]
    ]
    for text, turns in scale.rounds.items():
        ratio = ratios(turns)
        rows.append(
            [
                text,
                f"{scale.file_megabytes[text]:,.0f}",
                f"{median(turns, 'json_load', 'cpu_seconds'):.1f}",
                f"{median(turns, 'coco_read', 'cpu_seconds'):.1f}",
                f"{statistics.median(ratio):.2f} ({min(ratio):.2f} to {max(ratio):.2f})",
                f"{median(turns, 'json_load', 'peak'):,.0f}",
                f"{median(turns, 'coco_read', 'peak'):,.0f}",
                f"{median(turns, 'json_load', 'after'):,.0f}",
                f"{median(turns, 'coco_read', 'after'):,.0f}",
            ]
        )
    return markdown_table(rows)


def opening_table(scale: Scale) -> str:
    """A row for each way of opening the dataset."""
    rows = [["opening `dataset=coco` and its training split", "s", "MB at most", "MB afterwards"]]
    for step, text in _OPENINGS.items():
        took = scale.openings[step]
        numbers = [f"{took['seconds']:.1f}", f"{took['peak']:,.0f}", f"{took['after']:,.0f}"]
        rows.append([text, *numbers])
    return markdown_table(rows)


def epoch_table(scale: Scale) -> str:
    """A row for each number of workers: memory at several places of the epoch."""
    rows = [
        [
            "an epoch of `train_batches`",
            "pictures/s",
            *(f"MB at {share:.0%}" for share in (0.25, 0.5, 0.75, 1)),
            "growth, MB per 10,000 pictures",
        ]
    ]
    for epoch in scale.epochs:
        memory = epoch["memory"]
        places = [memory[round(share * (len(memory) - 1))][1] for share in (0.25, 0.5, 0.75, 1)]
        rows.append(
            [
                f"{epoch['workers']} workers",
                f"{epoch['pictures'] / epoch['seconds']:,.0f}",
                *(f"{used:,.0f}" for used in places),
                f"{slope(memory):+.2f}",
            ]
        )
    note = f"Sent to a worker: {scale.pickled / 1e6:.0f} MB."
    return f"{markdown_table(rows)}\n\n{note}"


def write_page(page: Path, scale: Scale) -> None:
    """Rewrites the tables of `experiments/scale/README.md`."""
    text = replace_marked(page.read_text(encoding="utf-8"), "scale", tables(scale))
    page.write_text(text, encoding="utf-8")
