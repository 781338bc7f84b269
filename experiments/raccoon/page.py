"""Keeps the study's outcomes and makes the tables of its page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from experiments.raccoon.outcome import Outcome
from experiments.raccoon.people import Pair
from experiments.raccoon.statistics import Copies, across_seeds, difference, estimate
from experiments.raccoon.training import ARMS


def read_outcomes(file: Path) -> list[Outcome]:
    """The outcomes of a file; none if there is no file."""
    if not file.exists():
        return []
    entries = json.loads(file.read_text(encoding="utf-8"))["outcomes"]
    return [
        Outcome(
            **{
                **entry,
                "pictures": {name: tuple(answer) for name, answer in entry["pictures"].items()},
            }
        )
        for entry in entries
    ]


def write_outcomes(file: Path, outcomes: Sequence[Outcome], machine: Machine) -> None:
    """Write outcomes by arm, seed and fold, with the machine of the last of them."""
    known = list(ARMS)
    ordered = sorted(outcomes, key=lambda one: (known.index(one.arm), one.seed, one.fold))
    content = {"machine": asdict(machine), "outcomes": [asdict(one) for one in ordered]}
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def merge(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[Outcome]:
    """All outcomes, a new one taking the place of the old of the same arm, seed and fold."""
    return list({(one.arm, one.seed, one.fold): one for one in (*old, *new)}.values())


def result_table(outcomes: Sequence[Outcome], copies: Copies) -> str:
    """One row an arm, the baselines, and what the arms differ by."""
    by_arm = {arm: [one for one in outcomes if one.arm == arm] for arm in ARMS}
    by_arm = {arm: those for arm, those in by_arm.items() if those}
    if not by_arm:
        return "Not measured yet."
    rows = [
        [
            "trained on",
            "mean IoU (95 % interval)",
            "localization accuracy (95 % interval)",
            "AP ± between seeds",
            "AP50 ± between seeds",
            "seeds × folds",
            "minutes a fold",
        ]
    ]
    for arm, those in by_arm.items():
        seeds = len({one.seed for one in those})
        before = max(one.before for one in those)
        minutes = f"{np.median([one.minutes for one in those]):.1f}"
        rows.append(
            [
                ARMS[arm].title,
                str(estimate(those, "mean_iou", copies)),
                str(estimate(those, "localization_accuracy", copies)),
                _with_deviation(those, "ap"),
                _with_deviation(those, "ap50"),
                f"{seeds} × {len(those) // seeds}",
                minutes + (f" (and {before:.1f} once, on scenes)" if before else ""),
            ]
        )
    every = next(iter(by_arm.values()))
    for metric, title in (
        ("mean_box_iou", "baseline: always the mean box"),
        ("whole_image_iou", "baseline: always the whole picture"),
    ):
        if metric in every[0].test:
            value, _ = across_seeds(every, lambda one, metric=metric: one.test[metric])
            rows.append([title, f"{value:.3f}", "", "", "", "", ""])
    lines = [markdown_table(rows)]
    first, *others = by_arm
    for arm in others:
        gain = difference(by_arm[arm], every, "mean_iou", copies)
        lines += [
            "",
            f"*{ARMS[arm].title}* against *{ARMS[first].title}*, on the same photographs: mean IoU "
            f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}), "
            + ("no difference shown." if gain.low <= 0 <= gain.high else "a real difference."),
        ]
    lines += ["", _by_fold(by_arm)]
    return "\n".join(lines)


def _by_fold(by_arm: Mapping[str, Sequence[Outcome]]) -> str:
    """Mean IoU of each fold, over seeds: how much depends on which forty photographs are asked."""
    folds = sorted({one.fold for those in by_arm.values() for one in those})
    rows = [["mean IoU by fold", *(str(fold) for fold in folds)]]
    for arm, those in by_arm.items():
        of_fold = ([x.test["mean_iou"] for x in those if x.fold == fold] for fold in folds)
        rows.append([ARMS[arm].title, *(f"{np.mean(values):.3f}" for values in of_fold)])
    return markdown_table(rows)


def people_table(pairs: Sequence[Pair]) -> str:
    """One row for each photograph that was drawn on twice."""
    rows = [["photographs with the same content", "IoU of the two drawings"]]
    rows += [[" and ".join(pair.files), f"{pair.iou:.3f}"] for pair in pairs]
    rows.append(["mean", f"{np.mean([pair.iou for pair in pairs]):.3f}"])
    return markdown_table(rows)


def write_page(
    page: Path,
    outcomes: Sequence[Outcome],
    copies: Copies,
    pairs: Sequence[Pair],
    machine: Machine,
    findings: str,
) -> None:
    """Rewrite the tables of `experiments/raccoon/README.md`."""
    text = page.read_text(encoding="utf-8")
    dates = sorted({one.date for one in outcomes})
    where = f"Measured on {machine.hardware()}, with {machine.software()} ({', '.join(dates)})."
    text = replace_marked(text, "results", f"{result_table(outcomes, copies)}\n\n{where}")
    text = replace_marked(text, "people", people_table(pairs))
    text = replace_marked(text, "findings", findings)
    page.write_text(text, encoding="utf-8")


def _with_deviation(outcomes: Sequence[Outcome], metric: str) -> str:
    mean, deviation = across_seeds(outcomes, lambda one: one.test[metric])
    return f"{mean:.3f}" if np.isnan(deviation) else f"{mean:.3f} ± {deviation:.3f}"
