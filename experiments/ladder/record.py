"""One training as the ladder keeps it."""

from dataclasses import dataclass

from experiments.machine import Machine

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
class Record:
    """What was trained, with what, and what came of it.

    Attributes:
        experiment: option of conf/experiment.
        seed: of weights and scenes, those of the test included.
        overrides: further words of the command line.
        test: metric of the test split → value; see `KEPT`.
        test_scenes: number of scenes it was measured on, at most.
        images_per_second: of training steps, the median over epochs.
        minutes: from the start of the process to its end.
        epochs: trained, early stopping considered.
        scenes: that training saw.
        image_size: side of a scene in pixels.
        parameters: numbers that the model is made of.
        date: day of the training, ISO 8601.
        machine: what it ran on.
    """

    experiment: str
    seed: int
    overrides: tuple[str, ...]
    test: dict[str, float]
    test_scenes: int
    images_per_second: float
    minutes: float
    epochs: int
    scenes: int
    image_size: int
    parameters: int
    date: str
    machine: Machine

    @property
    def training_minutes(self) -> float:
        """Time in training steps alone: scenes over images a second."""
        return self.scenes / self.images_per_second / 60
