"""What training, evaluation and tracking ask of any dataset."""

from typing import Any, Literal, Protocol, runtime_checkable

from objloc.data.batch_form import BatchForm
from objloc.data.sample_source import SampleSource

SplitName = Literal["train", "val", "test"]


@runtime_checkable
class Dataset(Protocol):
    """Three splits over the same classes."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        ...

    @property
    def batch_form(self) -> BatchForm:
        """What its samples are brought to: the model's picture size, objects, resizing."""
        ...

    def split(self, name: SplitName) -> SampleSource:
        """The samples of one split."""
        ...

    def describe(self) -> dict[str, Any]:
        """What the dataset is, ready for JSON; `digest` changes when and only when it does."""
        ...
