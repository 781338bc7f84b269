"""What the input pipeline asks of one split of any dataset."""

from typing import Protocol, runtime_checkable

from objloc.data.sample import Sample


@runtime_checkable
class SampleSource(Protocol):
    """Random access to the samples of one split; it must be picklable for worker processes."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        ...

    def __len__(self) -> int:
        """Number of samples in one epoch."""
        ...

    def sample(self, epoch: int, index: int) -> Sample:
        """Sample `index` (0 .. len - 1) of an epoch: a pure function of its two arguments."""
        ...
