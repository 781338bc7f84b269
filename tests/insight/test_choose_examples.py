"""Which pictures are explained, and which answer in them."""

import numpy as np
import pytest

from objloc import boxes
from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.choose_examples import examples_of_pictures, examples_of_split
from objloc.models import KerasEngine, Localizer
from tests.insight.layers.small_models import head_of, small


@pytest.fixture(scope="module")
def predictor(grid: Localizer) -> Predictor:
    return Predictor(KerasEngine(grid), batch_size=20)


def test_the_worst_come_first_then_others_by_lot(
    predictor: Predictor, grid: Localizer, scenes: Scenes
) -> None:
    def chosen(random: int, seed: int) -> list[str]:
        found = examples_of_split(
            predictor,
            grid,
            scenes.split("test"),
            scenes.batch_form,
            worst=3,
            random=random,
            searched=60,
            seed=seed,
        )
        said = predictor.predict_images([one.subject.image for one in found])
        ious = [
            boxes.iou(answer.over(0.5).boxes[0], one.truth[0]) if len(answer.over(0.5)) else 0.0
            for answer, one in zip(said, found, strict=True)
            if one.truth is not None
        ]
        assert len(ious) == len(found)
        assert np.max(ious[:3]) < np.mean(ious[3:] or 1.0)
        return [one.name for one in found]

    assert chosen(5, 1)[:3] == chosen(0, 2)
    assert chosen(5, 1) == chosen(5, 1) != chosen(5, 2)
    assert len(set(chosen(57, 1))) == 60


def test_any_picture_is_explained_at_its_best_answer(
    predictor: Predictor, grid: Localizer, scenes: Scenes
) -> None:
    sample = scenes.split("test").sample(0, 5)
    twice = np.repeat(np.repeat(sample.image, 2, axis=0), 2, axis=1)
    for model in (grid, None):
        [example] = examples_of_pictures(predictor, model, [("twice", twice)])
        assert example.subject.image.shape == (48, 48, 3)
        assert example.truth is None
        # In pixels of what the model is fed, not of the picture.
        assert boxes.iou(example.subject.box, sample.boxes[0]) > 0.6
        assert (example.subject.candidate == -1) == (model is None)


def test_nothing_found_in_an_exported_models_answer_is_the_whole_picture(
    predictor: Predictor,
) -> None:
    black = np.zeros((48, 48, 3), np.uint8)
    [example] = examples_of_pictures(predictor, None, [("black", black)])
    assert not example.detected


def test_a_model_that_diverged_is_refused() -> None:
    model = small(head_of("grid"))
    model.set_weights([np.full_like(one, np.nan) for one in model.get_weights()])
    black = np.zeros((48, 48, 3), np.uint8)
    with pytest.raises(ConfigError, match="its answer about black is no number"):
        examples_of_pictures(Predictor(KerasEngine(model)), model, [("black", black)])
