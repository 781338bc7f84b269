"""Keeps the ladder's records in a JSON file, one for each experiment and seed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from experiments.ladder.record import Record
from experiments.machine import Machine

STEPS = (
    "white_box",
    "sprite",
    "sprite_scaled",
    "sprite_transformed",
    "sprite_background",
    "sprite_absent",
    "multiclass",
    "emoji",
)
YARDSTICKS = ("classic_vgg16", "classic_emoji")


def read_results(file: Path) -> list[Record]:
    """The records of a file, in the order of the ladder; none if there is no file."""
    if not file.exists():
        return []
    return [
        Record(
            **{
                **entry,
                "overrides": tuple(entry["overrides"]),
                "machine": Machine(**entry["machine"]),
            }
        )
        for entry in json.loads(file.read_text(encoding="utf-8"))
    ]


def write_results(file: Path, records: Iterable[Record]) -> None:
    """Write records, in the order of the ladder."""
    entries = [asdict(record) for record in in_order(records)]
    file.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


def merge(old: Sequence[Record], new: Sequence[Record]) -> list[Record]:
    """All records, a new one taking the place of the old of the same experiment and seed."""
    merged = {(record.experiment, record.seed): record for record in (*old, *new)}
    return in_order(merged.values())


def in_order(records: Iterable[Record]) -> list[Record]:
    """Records by step of the ladder, then seed; experiments that are no step come last."""
    known = (*STEPS, *YARDSTICKS)

    def place(record: Record) -> tuple[int, str, int]:
        name = record.experiment
        return (known.index(name) if name in known else len(known), name, record.seed)

    return sorted(records, key=place)


def by_experiment(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Experiment → its records by seed, in the order of the ladder."""
    groups: dict[str, list[Record]] = {}
    for record in in_order(records):
        groups.setdefault(record.experiment, []).append(record)
    return groups
