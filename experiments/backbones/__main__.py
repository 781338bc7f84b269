"""Trains three backbones with three seeds each and writes the page.

python -m experiments.backbones
"""

from collections.abc import Sequence
from pathlib import Path

from experiments.loss_weighting.__main__ import TWO_AT_ONCE
from experiments.sweep_study import SweepStudy, run_study

STUDY = SweepStudy(
    home=Path(__file__).resolve().parent,
    sweeps={
        "backbones": (
            "trainer.epochs=2",
            "seeds=3",
            "backbone=tiny,small,mobilenet_v3_small",
            "trainer.measure_latency=true",
        ),
    },
    common=(*TWO_AT_ONCE, "tracking.experiment=backbones"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    run_study(STUDY, arguments)


if __name__ == "__main__":
    main()
