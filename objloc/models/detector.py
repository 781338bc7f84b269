"""A localizer and its decoding as one model: what is compiled to answer, and exported."""

from typing import Any

import keras
from keras import ops

from objloc.decoding import decode
from objloc.models.localizer import Localizer


class Detector(keras.Model):
    """Images to detections; or to candidates, where the localizer decodes outside of the graph.

    Called with images (B, S, S, 3), uint8, it returns the padded detections of ``decode``:
    ``boxes`` (B, D, 4) normalised xyxy, ``labels`` (B, D), -1 where padded, ``scores`` (B, D). With
    ``localizer.decoding.in_graph`` off it returns what ``decode`` takes: ``boxes`` (B, K, 4),
    ``class_logits`` (B, K, C), ``objectness`` (B, K).

    Args:
        localizer: its weights are shared, not copied; its decoding is that of the first call.
    """

    def __init__(self, localizer: Localizer) -> None:
        super().__init__(name="detector")
        self.localizer = localizer

    def call(self, images: Any) -> dict[str, Any]:
        """Images to detections or candidates."""
        outputs = self.localizer(images, training=False)
        decoding = self.localizer.decoding
        if decoding.in_graph:
            return decode(outputs, decoding, xp=ops)
        return {name: outputs[name] for name in ("boxes", "class_logits", "objectness")}
