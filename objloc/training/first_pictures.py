"""The first pictures of a split, to look at again and again while a model is trained."""

from collections.abc import Sequence

from objloc.data import Dataset, EvalBatch, eval_batches
from objloc.data.dataset import SplitName
from objloc.errors import TrainingError


def first_pictures(dataset: Dataset, split: SplitName, number: int) -> EvalBatch:
    """The first pictures of a split as one batch; of the training split, as in its first epoch.

    Raises:
        TrainingError: it has none.
    """
    source = dataset.split(split)
    number = min(number, len(source))
    if number == 0:
        raise TrainingError(
            f"callbacks=explain: the split {split} has no pictures to look at; give it some, or "
            "choose callbacks=default"
        )
    with eval_batches(source, batch_size=number, form=dataset.batch_form, workers=0) as batches:
        return next(batches)


def with_objects(batch: EvalBatch, number: int, empty: int = 0) -> EvalBatch:
    """The first pictures of a batch with objects, and in place of the last some without.

    Args:
        batch: to choose from.
        number: how many there are to be at most.
        empty: how many of them without an object.
    """
    return part_of(batch, places_with_objects(batch, number, empty))


def places_with_objects(batch: EvalBatch, number: int, empty: int = 0) -> list[int]:
    """Where the pictures are that `with_objects` takes."""
    filled = [bool((~truth.ignore).any()) for truth in batch.truths]
    without = [place for place, full in enumerate(filled) if not full][:empty]
    there = [place for place, full in enumerate(filled) if full][: number - len(without)]
    return sorted([*there, *without])


def part_of(batch: EvalBatch, places: Sequence[int]) -> EvalBatch:
    """Some pictures of a batch."""
    index = list(places)
    return EvalBatch(
        batch.images[index],
        {name: values[index] for name, values in batch.targets.items()},
        tuple(batch.truths[place] for place in index),
    )
