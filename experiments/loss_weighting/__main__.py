"""Trains box losses and weights with three seeds each and writes the page.

python -m experiments.loss_weighting
"""

from collections.abc import Sequence
from pathlib import Path

from experiments.sweep_study import SweepStudy, run_study

SMALL = ("dataset.image_size=64", "dataset.min_size=12", "dataset.max_size=36")
"""The creatures of multiclass at half their size: a quarter of the time."""

TWO_AT_ONCE = (
    "+experiment=multiclass",
    *SMALL,
    "hydra/launcher=joblib",
    "hydra.launcher.n_jobs=2",
    "callbacks=quiet",
    "tracking.log_model=false",
)

STUDY = SweepStudy(
    home=Path(__file__).resolve().parent,
    sweeps={
        "box_loss": ("trainer.epochs=4", "seeds=3", "loss.box=l1,mse,huber,giou,ciou"),
        "box_weight": ("trainer.epochs=4", "seeds=3", "loss.weights.box=1,5,20"),
    },
    common=(*TWO_AT_ONCE, "tracking.experiment=loss_weighting"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    run_study(STUDY, arguments)


if __name__ == "__main__":
    main()
