"""Scenes, sprites, backgrounds, augmentation and the input pipeline; no TensorFlow in here."""

from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.batches import Batches, eval_batches, train_batches
from objloc.data.dataset import Dataset, SplitName
from objloc.data.eval_batch import EvalBatch
from objloc.data.files.file_dataset import FileDataset
from objloc.data.mixed import Mixed
from objloc.data.resize import Resize, resize
from objloc.data.sample import Sample
from objloc.data.sample_source import SampleSource
from objloc.data.scenes import Scenes
from objloc.data.truth import Truth

__all__ = [
    "Augmentation",
    "BatchForm",
    "Batches",
    "Dataset",
    "EvalBatch",
    "FileDataset",
    "Mixed",
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
