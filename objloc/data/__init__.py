"""Scenes, sprites, backgrounds, augmentation and the input pipeline; no TensorFlow in here."""

import os

# albumentations looks for updates online when it is imported, by whomever.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from objloc.data.augmentation import Augmentation  # noqa: E402 - after the environment is set
from objloc.data.batches import Batches, eval_batches, train_batches  # noqa: E402
from objloc.data.dataset import Dataset, SplitName  # noqa: E402
from objloc.data.eval_batch import EvalBatch  # noqa: E402
from objloc.data.resize import Resize, resize  # noqa: E402
from objloc.data.sample import Sample  # noqa: E402
from objloc.data.sample_source import SampleSource  # noqa: E402
from objloc.data.scenes import Scenes  # noqa: E402
from objloc.data.truth import Truth  # noqa: E402

__all__ = [
    "Augmentation",
    "Batches",
    "Dataset",
    "EvalBatch",
    "Resize",
    "Sample",
    "SampleSource",
    "Scenes",
    "SplitName",
    "Truth",
    "eval_batches",
    "resize",
    "train_batches",
]
