"""Scenes, sprites, backgrounds, augmentation and the input pipeline; no TensorFlow in here.

Names are imported when first used: a service needs the resizing of pictures and none of what makes
or reads them.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.data.augmentation import Augmentation
    from objloc.data.batch_form import BatchForm
    from objloc.data.batches import Batches, eval_batches, train_batches
    from objloc.data.dataset import Dataset, SplitName
    from objloc.data.eval_batch import EvalBatch
    from objloc.data.files.file_dataset import FileDataset
    from objloc.data.mixed import Mixed
    from objloc.data.resize import Resize
    from objloc.data.sample import Sample
    from objloc.data.sample_source import SampleSource
    from objloc.data.scenes import Scenes
    from objloc.data.truth import Truth

_HOMES = {
    "Augmentation": "augmentation",
    "BatchForm": "batch_form",
    "Batches": "batches",
    "Dataset": "dataset",
    "EvalBatch": "eval_batch",
    "FileDataset": "files.file_dataset",
    "Mixed": "mixed",
    "Resize": "resize",
    "Sample": "sample",
    "SampleSource": "sample_source",
    "Scenes": "scenes",
    "SplitName": "dataset",
    "Truth": "truth",
    "eval_batches": "batches",
    "train_batches": "batches",
}

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
    "train_batches",
]

__getattr__ = lazy_imports(__name__, _HOMES)
