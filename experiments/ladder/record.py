"""One training as the ladder keeps it."""

from dataclasses import dataclass

from experiments.measured_run import MeasuredRun

# Metrics of the test split that are kept: those of the tables, and some to look up.
KEPT = (
    "mean_iou",
    "localization_accuracy",
    "class_accuracy",
    "presence_accuracy",
    "ap",
    "ap50",
    "ap75",
    "iou_p05",
    "iou_p50",
    "iou_over_90",
    "mean_box_iou",
    "whole_image_iou",
    "score_threshold",
)


@dataclass(frozen=True)
class Record(MeasuredRun):
    """What was trained, with what, and what came of it; of metrics, those in `KEPT`.

    Attributes:
        experiment: option of conf/experiment.
        seed: of weights and scenes, those of the test included.
        overrides: further words of the command line.
        test_scenes: number of scenes it was measured on, at most.
        scenes: that training saw.
        image_size: side of a scene in pixels.
    """

    experiment: str
    seed: int
    overrides: tuple[str, ...]
    test_scenes: int
    scenes: int
    image_size: int

    @property
    def training_minutes(self) -> float:
        """Time in training steps alone: scenes over images a second."""
        return self.scenes / self.images_per_second / 60
