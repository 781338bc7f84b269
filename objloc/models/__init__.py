"""Models in keras.ops: backbones, heads, assigners and the localizer that joins them."""

from objloc.models.detector import Detector
from objloc.models.keras_engine import KerasEngine
from objloc.models.localizer import Localizer

__all__ = ["Detector", "KerasEngine", "Localizer"]
