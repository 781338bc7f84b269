"""Writes the measured result into the comment that heads an experiment's YAML file."""

import statistics
import textwrap
from collections.abc import Sequence

from experiments.ladder.record import Record

_WIDTH = 100
_START = "# Measured:"
_COMMAND = "# python -m "


def measured(records: Sequence[Record]) -> str:
    """The result of one experiment as comment lines: the lowest seed's, and the spread of all.

    Args:
        records: at least one, all of the same experiment.
    """
    first = min(records, key=lambda record: record.seed)
    test = first.test
    sentences = [
        f"Measured: test mean IoU {test['mean_iou']:.3f}, localization accuracy "
        f"{test['localization_accuracy']:.3f}, presence {test['presence_accuracy']:.3f}, "
        f"AP {test['ap']:.3f} (seed {first.seed});",
        f"{first.minutes:.1f} minutes in all, {first.images_per_second:,.0f} images/s in training, "
        f"on {first.machine.hardware()}.",
    ]
    if first.overrides:
        sentences.append(f"With {' '.join(first.overrides)}.")
    if len(records) > 1:
        ious = [record.test["mean_iou"] for record in records]
        sentences.append(
            f"{len(records)} seeds: mean IoU {statistics.mean(ious):.3f} ± "
            f"{statistics.stdev(ious):.3f} (standard deviation)."
        )
    lines = (
        textwrap.wrap(
            sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
        for sentence in sentences
    )
    return "\n".join(line for part in lines for line in part)


def with_measured(text: str, comment: str) -> str:
    """The text of a YAML file with `comment` in place of its paragraph `# Measured: …`.

    Where there is none yet, it goes above the command.

    Raises:
        ValueError: the header has neither.
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(_START)]
    if starts:
        end = starts[0]
        while end < len(lines) and lines[end].startswith("# "):
            end += 1
        lines[starts[0] : end] = comment.splitlines()
    else:
        commands = [number for number, line in enumerate(lines) if line.startswith(_COMMAND)]
        if not commands:
            raise ValueError(f"the header has no line that starts with {_COMMAND!r}")
        lines[commands[0] : commands[0]] = [*comment.splitlines(), "#"]
    return "\n".join(lines) + "\n"
