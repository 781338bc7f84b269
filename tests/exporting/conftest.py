"""Small untrained localizers, and one export of each that many tests look at."""

import keras
import numpy as np
import pytest

from objloc.decoding import Decoding
from objloc.exporting import Export, Quantization, export_model
from objloc.exporting.photographs import photographs
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.head import Head
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.yolo import Yolo

SIZE = 64


def localizer_with(head: Head, decoding: Decoding, dtype: str = "float32") -> Localizer:
    """A localizer that says something else of every picture."""
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        backbone = convolutional(SIZE, [8, 8, 8, 8, 8], [0] * 5)
        localizer = Localizer(backbone, head, ["cat", "dog", "fox"], SIZE, decoding=decoding)
    finally:
        keras.config.set_dtype_policy(before)
    rng = np.random.default_rng(0)
    localizer.set_weights([w + rng.normal(0, 0.05, w.shape) for w in localizer.get_weights()])
    return localizer


@pytest.fixture(scope="package")
def one() -> Localizer:
    """One detection a picture."""
    return localizer_with(SoftArgmax(3, width=8, look_width=8), Decoding(max_detections=1))


@pytest.fixture(scope="package")
def several() -> Localizer:
    """Several detections a picture, found in a loop; in mixed precision."""
    head = Yolo(3, width=8, dtype="mixed_bfloat16")
    return localizer_with(head, Decoding(max_detections=20), "mixed_bfloat16")


@pytest.fixture(scope="package")
def pictures() -> np.ndarray:
    """Twenty pictures, uint8 (20, 64, 64, 3)."""
    return photographs(SIZE, "letterbox")


@pytest.fixture(scope="package")
def measured() -> list[object]:
    """The engines whose accuracy was asked for while `one_export` was made."""
    return []


@pytest.fixture(scope="package")
def one_export(
    one: Localizer,
    pictures: np.ndarray,
    measured: list[object],
    tmp_path_factory: pytest.TempPathFactory,
) -> Export:
    """Every format, and int8 where there is one."""

    def measure(engine: object) -> dict[str, float]:
        measured.append(engine)
        return {"pictures": 20.0, "mean_iou": 1 / len(measured)}

    return export_model(
        one,
        tmp_path_factory.mktemp("one"),
        ("onnx", "saved_model", "litert", "openvino"),
        about={"run_id": "abc"},
        quantization=Quantization(pictures, measure),
    )


@pytest.fixture(scope="package")
def several_export(
    several: Localizer, pictures: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Export:
    """Every format."""
    return export_model(
        several,
        tmp_path_factory.mktemp("several"),
        ("onnx", "saved_model", "litert", "openvino"),
        pictures=pictures[:6],
    )
