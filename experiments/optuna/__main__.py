"""Searches learning rate, box loss and weight, with pruning and without, and writes the page.

python -m experiments.optuna
"""

from collections.abc import Sequence
from pathlib import Path

from experiments.loss_weighting.__main__ import TWO_AT_ONCE
from experiments.marked_text import markdown_table
from experiments.sweep_study import SweepStudy, run_study, write_marked
from objloc.comparison.comparison import Comparison

SEARCH = ("trainer.epochs=4", "+sweep=[optuna,learning_rate,loss_weights]", "sweep.n_trials=20")
STUDY = SweepStudy(
    home=Path(__file__).resolve().parent,
    sweeps={"optuna": SEARCH, "optuna_unpruned": (*SEARCH, "pruner=none")},
    common=(*TWO_AT_ONCE, "tracking.experiment=optuna"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    found = run_study(STUDY, arguments)
    rows = [["search", "trials", "pruned", "minutes of jobs", "best val mean IoU", "best setting"]]
    rows += [_row(name, found[sweep]) for name, sweep in _NAMES.items()]
    write_marked(STUDY, "saved", markdown_table(rows, words=(0, 5)))


_NAMES = {"with the median pruner": "optuna", "every job to its end": "optuna_unpruned"}


def _row(name: str, comparison: Comparison) -> list[str]:
    best = comparison.best
    assert best is not None
    pruned = sum(run.outcome == "PRUNED" for run in comparison.runs)
    minutes = sum(run.seconds for run in comparison.runs) / 60
    numbers = [str(len(comparison.runs)), str(pruned), f"{minutes:.0f}"]
    return [name, *numbers, f"{best.interval.mean:.4f}", f"`{best.setting}`"]


if __name__ == "__main__":
    main()
