"""Searches learning rate, box loss and weight with a pruner, and writes the page.

python -m experiments.optuna
"""

import re
from collections.abc import Sequence
from pathlib import Path

from experiments.loss_weighting.__main__ import TWO_AT_ONCE
from experiments.marked_text import markdown_table
from experiments.sweep_study import SweepStudy, run_study, write_marked
from objloc.comparison.comparison import Comparison

EPOCHS = 4
STUDY = SweepStudy(
    home=Path(__file__).resolve().parent,
    sweeps={
        "optuna": (
            f"trainer.epochs={EPOCHS}",
            "+sweep=[optuna,learning_rate,loss_weights]",
            "sweep.n_trials=20",
            "pruner.n_warmup_steps=1",
        )
    },
    common=(*TWO_AT_ONCE, "tracking.experiment=optuna"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    found = run_study(STUDY, arguments)["optuna"]
    write_marked(STUDY, "saved", _saved(found))


def _saved(comparison: Comparison) -> str:
    """How many epochs were not run, by what is known of each trial."""
    stopped = [re.search(r"stopped after epoch (\d+)", run.reason) for run in comparison.runs]
    epochs = [int(match[1]) for match in stopped if match is not None]
    whole = len(comparison.runs) * EPOCHS
    run = (len(comparison.runs) - len(epochs)) * EPOCHS + sum(epochs)
    minutes = sum(one.seconds for one in comparison.runs) / 60
    rows = [
        ["trials", "pruned", "epochs run", "epochs without pruning", "saved", "minutes of jobs"],
        [
            str(len(comparison.runs)),
            str(len(epochs)),
            str(run),
            str(whole),
            f"{1 - run / whole:.0%}",
            f"{minutes:.0f}",
        ],
    ]
    return markdown_table(rows, words=())


if __name__ == "__main__":
    main()
