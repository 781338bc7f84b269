"""What Keras says of some pictures, to judge exported models by."""

from collections.abc import Sequence

import numpy as np

from objloc.decoding import decode
from objloc.errors import ExportError
from objloc.evaluation.engine import Engine
from objloc.exporting.same_detections import Arrays, Difference, difference, versions
from objloc.models import KerasEngine, Localizer


class Reference:
    """The answers that are expected for some pictures.

    Args:
        localizer: in float32, as it was exported.
        pictures: uint8 (N, S, S, 3), real ones, if possible.

    Attributes:
        engine: the localizer, ready to answer.
        pictures: what it was asked.
    """

    def __init__(self, localizer: Localizer, pictures: np.ndarray) -> None:
        self.engine = KerasEngine(localizer)
        self.pictures = pictures
        self._decoding = localizer.decoding
        candidates = {
            name: np.asarray(value)
            for name, value in localizer.predict_on_batch(pictures).items()
            if name in ("boxes", "class_logits", "objectness")
        }
        own = _decoded(self.engine, pictures)
        self._versions: Sequence[Arrays] = versions(own, candidates, self._decoding)

    def check(self, engine: Engine, name: str) -> Difference:
        """Compares an exported model's answers, for all pictures at once and one at a time.

        Raises:
            ExportError: they are others.
        """
        total = Difference()
        count = len(self.pictures)
        # Growing and shrinking: runtimes keep arrays of the last size.
        for rows in (slice(0, 1), slice(0, count), slice(1, 2), slice(2, min(5, count))):
            pictures = self.pictures[rows]
            if not len(pictures):
                continue
            expected = [
                {key: one[rows] for key, one in answer.items()} for answer in self._versions
            ]
            part = difference(expected, _decoded(engine, pictures), self._decoding)
            if not part.is_same:
                raise ExportError(
                    f"{name}: answers otherwise than Keras for {len(pictures)} pictures at once "
                    f"({part}); the file was removed"
                )
            total += part
        return total


def _decoded(engine: Engine, pictures: np.ndarray) -> dict[str, np.ndarray]:
    answer = {name: np.asarray(value) for name, value in engine(pictures).items()}
    decoding = engine.card.decoding
    return answer if decoding.in_graph else decode(answer, decoding)
