"""A comparison as files: for people to read, in a terminal or a browser, and for programs."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from objloc.comparison.compared_setting import ComparedSetting, SettingTest
from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_page import comparison_page
from objloc.comparison.comparison_text import full_text
from objloc.comparison.statistics import MeanInterval
from objloc.training.run_folder import write_atomically


def write_comparison(comparison: Comparison, folder: Path, title: str, subtitle: str = "") -> None:
    """Write `comparison.md`, `comparison.html` and `comparison.json` into a folder that exists.

    Raises:
        TrainingError: the disk is full or the folder cannot be written.
    """
    page = comparison_page(comparison, title, subtitle)
    record = json.dumps(comparison_record(comparison), indent=2, allow_nan=False)
    for name, text in (
        ("comparison.md", full_text(comparison, title)),
        ("comparison.json", f"{record}\n"),
        ("comparison.html", page.html()),
    ):
        write_atomically(folder / name, text.encode())


def comparison_record(comparison: Comparison) -> dict[str, object]:
    """Everything as plain values; null where a number is not known."""
    return {
        "answer": list(comparison.sentences),
        "metrics": list(comparison.metrics),
        "modes": list(comparison.modes),
        "keys": list(comparison.keys),
        "best": comparison.best.label if comparison.best else None,
        "front": [one.label for one in comparison.front],
        "settings": [_setting(one, comparison.metrics) for one in comparison.settings],
        "tests_with_best": [_test(one) for one in comparison.tests],
        "tests_of_pairs": [_test(one) for one in comparison.pairs],
        "runs": [
            {
                "run_id": run.run_id,
                "name": run.name,
                "trial": run.trial,
                "setting": run.setting,
                "seed": run.seed,
                "outcome": run.outcome,
                "reason": run.reason,
                "started": run.started,
                "seconds": _known(run.seconds),
                "metrics": {name: _known(value) for name, value in run.metrics.items()},
            }
            for run in comparison.runs
        ],
    }


def _setting(one: ComparedSetting, metrics: tuple[str, ...]) -> dict[str, object]:
    means = {**dict(zip(metrics, one.objectives, strict=True)), **one.others}
    return {
        "label": one.label,
        "setting": one.setting,
        "values": dict(one.values),
        "seeds": one.seeds,
        "metrics": {name: _interval(mean) for name, mean in means.items()},
        "by_seed": {
            metric: {str(seed): value for seed, value in values.items()}
            for metric, values in zip(metrics, one.by_seed, strict=True)
        },
        "seconds": _known(one.seconds),
        "runs": [run.run_id for run in one.runs],
        "runs_lost": one.lost,
    }


def _interval(mean: MeanInterval) -> Mapping[str, object]:
    return {"mean": _known(mean.mean), "half_width": _known(mean.half_width), "count": mean.count}


def _test(one: SettingTest) -> dict[str, object]:
    return {
        "better": one.better,
        "other": one.other,
        "seeds": list(one.test.seeds),
        "difference": _known(one.test.difference),
        "half_width": _known(one.test.half_width),
        "p": _known(one.test.p),
        "p_corrected": _known(one.p),
        "shown": one.shown,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
