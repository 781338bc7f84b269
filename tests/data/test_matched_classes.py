"""A dataset with a model's labels: by name, in any order, unknown ones left out of the count."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from objloc.data import BatchForm, Sample, eval_batches
from objloc.data.matched_classes import MatchedClasses
from objloc.errors import ConfigError
from objloc.evaluation import Detections, average_precision, match


@dataclass(frozen=True)
class One:
    """One picture with a cat, a dog and a fish side by side; labels in the order of the names."""

    class_names: tuple[str, ...] = ("dog", "fish", "cat")

    @property
    def batch_form(self) -> BatchForm:
        return BatchForm(8, 3)

    def split(self, name: str) -> "One":
        return self

    def describe(self) -> dict:
        return {"name": "one"}

    def __len__(self) -> int:
        return 1

    def sample(self, epoch: int, index: int) -> Sample:
        count = len(self.class_names)
        boxes = np.array([[10 * i, 0, 10 * i + 8, 8] for i in range(count)], np.float32)
        return Sample(
            image=np.zeros((10, 40, 3), np.uint8),
            boxes=boxes,
            labels=np.arange(count, dtype=np.int32),
            ignore=np.zeros(count, np.bool_),
            area=np.full(count, 64, np.float32),
            image_id=4,
            size=(10, 40),
        )


def test_labels_follow_the_names() -> None:
    matched = MatchedClasses(One(), ("cat", "dog", "fish"), 32, "stretch")
    sample = pickle.loads(pickle.dumps(matched.split("test"))).sample(0, 0)
    assert sample.labels.tolist() == [1, 2, 0]
    assert sample.labels.dtype == np.int32
    assert not sample.ignore.any()
    assert matched.describe() == {"name": "one"}
    with eval_batches(
        matched.split("test"), batch_size=1, form=matched.batch_form, workers=0
    ) as batches:
        batch = next(batches)
    assert batch.images.shape == (1, 32, 32, 3)  # the model's size, not the dataset's
    assert batch.truths[0].transform.scale_x != batch.truths[0].transform.scale_y  # stretched


def test_other_classes_stop_or_are_ignored() -> None:
    for names, told in (
        (("cat", "dog"), "the model does not know 'fish'"),
        (("cat", "dog", "fish", "owl"), "the dataset has no 'owl'"),
    ):
        with pytest.raises(ConfigError, match=told):
            MatchedClasses(One(), names, 32, "letterbox")
        MatchedClasses(One(), names, 32, "letterbox", "ignore")
    with pytest.raises(ConfigError, match="knows none of the dataset's classes"):
        MatchedClasses(One(), ("owl",), 32, "letterbox", "ignore")


def test_no_detection_on_an_ignored_object_is_wrong_whatever_it_is_called() -> None:
    matched = MatchedClasses(One(), ("cat", "owl", "dog"), 32, "letterbox", "ignore")
    sample = matched.split("test").sample(0, 0)
    known = ~sample.ignore
    assert sample.labels[known].tolist() == [2, 0]  # dog, cat
    assert sorted(sample.labels[~known]) == [0, 1, 2]
    assert np.unique(sample.boxes[~known], axis=0).tolist() == [[10, 0, 18, 8]]
    for called in range(3):
        found = Detections(
            np.array([[10, 0, 18, 8], [0, 0, 8, 8], [20, 0, 28, 8]], np.float32),
            np.array([called, 2, 0], np.int32),
            np.array([0.9, 0.8, 0.7], np.float32),
        )
        with eval_batches(
            matched.split("test"), batch_size=1, form=matched.batch_form, workers=0
        ) as batches:
            truths = next(batches).truths
        matches = match([found], truths)
        assert matches.detection_aside.tolist() == [True, False, False]
        assert matches.object_iou.tolist() == [1.0, 1.0]
        assert average_precision([found], truths, 3).ap == 1.0
