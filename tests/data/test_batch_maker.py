import numpy as np

from objloc.data import BatchForm, Sample
from objloc.data.batch_maker import BatchMaker


class OneSample:
    """Any number of copies of one sample."""

    class_names = ("a", "b", "c")

    def __init__(self, sample: Sample) -> None:
        self.only = sample

    def __len__(self) -> int:
        return 3

    def sample(self, epoch: int, index: int) -> Sample:
        return self.only


def make(boxes: list, ignore: list, size: tuple[int, int] = (16, 32)) -> Sample:
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return Sample(
        image=np.full((*size, 3), 50, np.uint8),
        boxes=array,
        labels=np.arange(len(boxes), dtype=np.int32),
        ignore=np.array(ignore, bool),
        area=(array[:, 2] - array[:, 0]) * (array[:, 3] - array[:, 1]),
        image_id=11,
        size=size,
    )


def test_targets_are_letterboxed_normalised_and_padded():
    sample = make([[0, 0, 32, 16], [8, 4, 16, 8]], [False, False])
    maker = BatchMaker(OneSample(sample), batch_size=2, form=BatchForm(64, 3))
    images, targets, truths = maker.evaluation(0)
    assert images.shape == (2, 64, 64, 3)
    assert [images[0, row, 0, 0] for row in (15, 16, 47, 48)] == [114, 50, 50, 114]
    # Twice as large and 16 px further down, in 64 px.
    expected = [[0, 0.25, 1, 0.75], [0.25, 0.375, 0.5, 0.5], [0, 0, 0, 0]]
    np.testing.assert_allclose(targets["boxes"], [expected, expected])
    assert targets["boxes"].dtype == np.float32
    assert targets["labels"].tolist() == [[0, 1, -1]] * 2
    assert truths[0].image_id == 11
    assert truths[0].size == (16, 32)
    back = truths[0].transform.undo(targets["boxes"][0, :2] * 64)
    np.testing.assert_allclose(back, sample.boxes, atol=1e-5)


def test_ignored_objects_are_no_targets_but_stay_in_the_truth():
    sample = make([[0, 0, 9, 9], [1, 1, 3, 3]], [True, False])
    maker = BatchMaker(OneSample(sample), batch_size=1, form=BatchForm(32, 2))
    _, targets, (truth,) = maker.evaluation(0)
    assert targets["labels"].tolist() == [[1, -1]]
    assert truth.labels.tolist() == [0, 1]
    assert truth.ignore.tolist() == [True, False]


def test_the_largest_objects_are_kept_where_there_are_too_many():
    sample = make([[0, 0, 2, 2], [0, 0, 9, 9], [0, 0, 1, 1], [0, 0, 5, 5]], [False] * 4)
    maker = BatchMaker(OneSample(sample), batch_size=1, form=BatchForm(32, 2))
    assert maker.evaluation(0)[1]["labels"].tolist() == [[1, 3]]


def test_an_empty_picture_has_only_padding():
    maker = BatchMaker(OneSample(make([], [])), batch_size=1, form=BatchForm(32, 2))
    _, targets, (truth,) = maker.evaluation(0)
    assert targets["labels"].tolist() == [[-1, -1]]
    assert truth.boxes.shape == (0, 4)
