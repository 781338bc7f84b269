"""Pictures in, boxes in the pictures' own pixels out."""

import keras
import numpy as np
import pytest

from objloc.data.eval_batch import EvalBatch
from objloc.data.resize import resize
from objloc.data.truth import Truth
from objloc.decoding import Decoding
from objloc.evaluation import Predictor, predict_batches
from objloc.models import KerasEngine, Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.regression import Regression


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    """Untrained, for pictures of 64 × 64."""
    keras.utils.set_random_seed(0)
    return Localizer(
        convolutional(64, [4, 4, 4], [0, 0, 0]), Regression(num_classes=2), ["cat", "dog"], 64
    )


def pictures(sizes: list[tuple[int, int]]) -> list[np.ndarray]:
    """Noise."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def test_boxes_come_back_in_original_pixels(
    localizer: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tall, a wide and a fitting picture, letterboxed; the answer is cut to the picture."""
    monkeypatch.setattr("objloc.models.detector.decode", fixed_answer([0.25, 0.25, 0.75, 1]))
    found = Predictor(KerasEngine(localizer)).predict_images(
        pictures([(128, 64), (16, 32), (64, 64)])
    )
    boxes = [one.boxes[0].tolist() for one in found]
    # 128 × 64 shrinks to 64 × 32 with bars of 16 left and right: (x - 16) · 2, y · 2.
    # 16 × 32 grows to 32 × 64 with bars of 16 above and below: x / 2, (y - 16) / 2.
    assert boxes == [[0, 32, 64, 128], [8, 0, 24, 16], [16, 16, 48, 64]]
    assert [one.labels.tolist() for one in found] == [[1], [1], [1]]


def test_a_box_whose_sides_are_exchanged_is_an_empty_one(
    localizer: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objloc.models.detector.decode", fixed_answer([0.75, 0.25, 0.5, 1]))
    [found] = Predictor(KerasEngine(localizer)).predict_images(pictures([(64, 64)]))
    assert found.boxes.tolist() == [[48, 16, 48, 64]]


def test_padding_and_numbers_that_are_none_are_dropped(
    localizer: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for box, label, score in (
        ([0, 0, 1, 1], -1, 0.5),
        ([0, 0, 1, float("nan")], 1, 0.5),
        ([0, 0, 1, 1], 1, float("nan")),
    ):
        monkeypatch.setattr(
            "objloc.models.detector.decode", fixed_answer(box, label=label, score=score)
        )
        [found] = Predictor(KerasEngine(localizer)).predict_images(pictures([(64, 64)]))
        assert len(found) == 0


def in_batches(images: list[np.ndarray], size: int) -> list[EvalBatch]:
    resized = [resize(one, 64) for one in images]
    truths = [
        Truth(
            image_id=i,
            size=image.shape[:2],
            boxes=np.zeros((0, 4), np.float32),
            labels=np.zeros(0, np.int32),
            ignore=np.zeros(0, np.bool_),
            area=np.zeros(0, np.float32),
            transform=resized[i][1],
        )
        for i, image in enumerate(images)
    ]
    return [
        EvalBatch(
            images=np.stack([pixels for pixels, _ in resized[start : start + size]]),
            targets={},
            truths=tuple(truths[start : start + size]),
        )
        for start in range(0, len(images), size)
    ]


def test_batches_and_pictures_agree(localizer: Localizer) -> None:
    """A short last batch is filled up, and the filling left out; the order is kept."""
    images = pictures([(90, 40), (64, 64), (30, 70), (64, 10), (80, 80)])
    batches = in_batches(images, 2)
    predictor = Predictor(KerasEngine(localizer), batch_size=2)
    found, seen = predict_batches(predictor, batches)
    assert [truth.image_id for truth in seen] == [0, 1, 2, 3, 4]
    assert predictor.images_per_second > 0
    for one, other in zip(
        found, Predictor(KerasEngine(localizer)).predict_images(images), strict=True
    ):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-3)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_what_was_asked_before_changes_no_bit(
    localizer: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second batch shape would be compiled anew for any shape, and would add up otherwise."""
    small, large = (in_batches(pictures([(64, 64)] * count), 8) for count in (3, 5))
    fresh, _ = predict_batches(Predictor(KerasEngine(localizer), batch_size=8), large)
    predictor = Predictor(KerasEngine(localizer), batch_size=8)
    shapes = []
    call = KerasEngine.__call__
    monkeypatch.setattr(
        KerasEngine, "__call__", lambda self, x: shapes.append(x.shape) or call(self, x)
    )
    predict_batches(predictor, small)
    later, _ = predict_batches(predictor, large)
    assert set(shapes) == {(8, 64, 64, 3)}
    for one, other in zip(fresh, later, strict=True):
        np.testing.assert_array_equal(one.boxes, other.boxes)
        np.testing.assert_array_equal(one.scores, other.scores)


def test_weights_are_the_localizers_own(localizer: Localizer) -> None:
    """Trained on after the predictor was made, the localizer answers anew."""
    predictor = Predictor(KerasEngine(localizer))
    before = predictor.predict_images(pictures([(64, 64)]))[0]
    old = localizer.get_weights()
    localizer.set_weights([weight + 0.1 for weight in old])
    after = predictor.predict_images(pictures([(64, 64)]))[0]
    localizer.set_weights(old)
    assert after.scores[0] != before.scores[0]


def fixed_answer(box: list[float], label: int = 1, score: float = 0.5):
    """A `decode` that answers the same to every picture."""

    def decode(outputs: dict, decoding: Decoding, xp: object) -> dict:
        batch = keras.ops.shape(outputs["boxes"])[0]
        ones = keras.ops.ones((batch, 1))
        return {
            "boxes": ones[..., None] * keras.ops.convert_to_tensor(box, "float32"),
            "labels": keras.ops.cast(ones * label, "int32"),
            "scores": ones * score,
        }

    return decode
