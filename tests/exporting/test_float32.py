"""A model in mixed precision becomes one in float32 with the very same weights."""

import numpy as np
import pytest

from objloc.decoding import Decoding
from objloc.errors import ExportError
from objloc.exporting.float32 import in_float32, precision_of
from objloc.models import Localizer
from objloc.models.heads.yolo import Yolo
from tests.exporting.conftest import localizer_with


def test_weights_and_answers_are_those_of_float32(several: Localizer, pictures: np.ndarray) -> None:
    assert precision_of(several) == "mixed_bfloat16"
    twin = in_float32(several)
    assert precision_of(twin) == "float32"
    assert twin.card == several.card
    plain = localizer_with(Yolo(3, width=8), Decoding(max_detections=20))
    for own, weight in zip(several.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(own, weight)
    expected = plain.predict_on_batch(pictures)
    for name, values in twin.predict_on_batch(pictures).items():
        np.testing.assert_array_equal(values, expected[name])
    mixed = several.predict_on_batch(pictures)
    assert np.abs(mixed["class_logits"] - expected["class_logits"]).max() > 1e-3


def test_a_model_in_float32_stays_itself(one: Localizer) -> None:
    assert in_float32(one) is one


def test_weights_that_do_not_fit_are_refused(
    several: Localizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = several.get_weights()
    monkeypatch.setattr(several, "get_weights", lambda: weights[:-1])
    with pytest.raises(ExportError, match="cannot be rebuilt in float32"):
        in_float32(several)
