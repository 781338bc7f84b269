"""Sheets come when they are due, and their maps are those of the method."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from objloc.errors import ConfigError
from objloc.insight.gradients import answer_gradients, feature_gradients
from objloc.insight.maps.hires_cam import HiResCam
from objloc.insight.subject import QUANTITIES, best_subject
from objloc.training.callbacks import ExplanationPictures
from objloc.training.callbacks.explanation_pictures import _answered_first
from objloc.training.fit_context import FitContext
from tests.training import tiny_run
from tests.training.conftest import Finished


class Kept:
    """A run logger that keeps pictures and metrics."""

    run_id = "kept"

    def __init__(self) -> None:
        self.pictures: dict[str, np.ndarray] = {}
        self.metrics: dict[int, dict[str, float]] = {}

    def log_image(self, image: np.ndarray, path: str) -> None:
        self.pictures[path] = image

    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        self.metrics.setdefault(step, {}).update(metrics)


def test_sheets_with_a_column_for_each_quantity(finished: Finished, tmp_path: Path) -> None:
    logger, dataset = Kept(), tiny_run.make_dataset()
    callback = ExplanationPictures(2, pictures=3, quantities=["class", "left", "top"])
    callback.set_model(finished.localizer)
    callback.attach(FitContext(dataset, logger, tmp_path, 8, 5, 8, 0))
    for epoch in range(5):
        callback.on_epoch_end(epoch)
    callback.close()
    names = [f"explanations/epoch_{number:03d}.png" for number in (2, 4, 5)]
    assert list(logger.pictures) == names
    assert all((tmp_path / name).is_file() for name in names)
    sheet = logger.pictures[names[0]]
    assert sheet.shape == (30 + 3 * 256 + 2 * 4, 4 * 256 + 3 * 4, 3)
    np.testing.assert_array_equal(sheet, logger.pictures[names[2]])  # the same weights
    assert {*logger.metrics} == {1, 2, 3, 4, 5}
    assert {*logger.metrics[1]} == {"learn/pictures_seconds_share"}

    # The mean share inside, by the slow way: picture by picture, number by number.
    source = dataset.split("val")
    samples = [one for one in (source.sample(0, i) for i in range(12)) if len(one.boxes)][:3]
    shares = []
    for sample in samples:
        subject = best_subject(sample.image, finished.localizer(sample.image[None]))
        shares.append(HiResCam()(finished.localizer, subject, "left").mass_inside(sample.boxes[0]))
    assert logger.metrics[2]["learn/inside_left"] == pytest.approx(np.nanmean(shares), rel=1e-3)


def test_of_several_objects_the_one_that_the_answer_is_about_counts() -> None:
    boxes = np.array([[0, 0, 4, 4], [8, 8, 16, 16], [20, 20, 24, 24]], np.float32)
    said = np.array([9, 9, 18, 18], np.float32)
    np.testing.assert_array_equal(_answered_first(boxes, said), boxes[[1, 0, 2]])
    np.testing.assert_array_equal(_answered_first(boxes, said + 20), boxes)


def test_gradients_of_several_answers_are_those_of_each(finished: Finished) -> None:
    source = tiny_run.make_dataset().split("val")
    images = np.stack([source.sample(0, place).image for place in range(3)])
    labels = [2, 0, 1]
    found = answer_gradients(finished.localizer, images, QUANTITIES, [0, 0, 0], labels)
    for place, label in enumerate(labels):
        for quantity in QUANTITIES:
            alone = feature_gradients(
                finished.localizer, images[[place]].astype(np.float32), quantity, 0, label
            )
            for stride, [one] in alone.items():
                here = found[quantity][place][stride]
                np.testing.assert_allclose(here.activation, one.activation, atol=1e-5)
                np.testing.assert_allclose(here.gradient, one.gradient, atol=1e-6)
                assert np.any(one.gradient)


@pytest.mark.parametrize("quantities", [[], ["middle"]])
def test_unknown_numbers_are_refused(quantities: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"quantities=.*one or several of class, objectness"):
        ExplanationPictures(quantities=quantities)
