import numpy as np
import pytest

from objloc.training.feed import TrainingFeed, ValidationFeed


def _batches(number: int = 3):
    for index in range(number):
        yield np.full((2, 4, 4, 3), index, np.uint8), {"labels": np.zeros((2, 1), np.int32)}


def _numbers(feed: ValidationFeed) -> list[int]:
    return [int(feed[index][0][0, 0, 0, 0]) for index in range(len(feed))]


@pytest.mark.parametrize(("cache", "reads"), [(10**6, 1), (0, 2)])
def test_validation_is_the_same_in_each_epoch_and_read_once_if_it_fits(
    cache: int, reads: int
) -> None:
    opened = []

    def open_batches():
        opened.append(1)
        return _batches()

    feed = ValidationFeed(open_batches, 3, cache)
    feed[0], feed[1]  # Keras looks at two batches first
    assert _numbers(feed) == _numbers(feed) == [0, 1, 2]
    assert len(opened) == reads + (1 if cache == 0 else 0)


def test_the_feed_ends_when_told_and_repeats_its_first_batch_on_request() -> None:
    feed = TrainingFeed(_batches(), repeat_first=True)
    stream = feed.generate()
    assert [int(next(stream)[0].max()) for _ in range(5)] == [0] * 5
    feed.stop()
    assert list(stream) == []


def test_the_feed_keeps_the_error_of_the_data() -> None:
    def broken():
        yield from _batches(1)
        raise ValueError("a.jpg cannot be read")

    feed = TrainingFeed(broken())
    with pytest.raises(ValueError, match=r"a\.jpg"):
        list(feed.generate())
    assert str(feed.error) == "a.jpg cannot be read"
