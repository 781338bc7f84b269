"""A model as a function: pictures in, what is found in them out."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from objloc.data.resize import Resize, resize
from objloc.errors import ConfigError, DataError
from objloc.evaluation.detections import Detections
from objloc.evaluation.predictor import Predictor
from objloc.loading.found import Found
from objloc.loading.picture import Picture, are_several, rgb
from objloc.model_card import ModelCard

_Ready = tuple[np.ndarray, Resize, tuple[int, int]]  # pixels, how resized, original height, width


class LoadedModel:
    """Call it with a picture, or with a list of them; any thread may. `objloc.load` makes it.

    Args:
        source: what the model was asked for by.
        one: asks for a picture that comes alone.
        many: asks for lists, in batches of its `batch_size`.
        fills_up: look at lists in full batches only, a shorter one being filled up with black:
            where another batch size is another compilation, which moves a result's last bits.

    Example:
        >>> model = objloc.load("models:/finder@champion")
        >>> model("photo.jpg")
        Found(fox 0.98 at (31.4, 20.0, 117.2, 96.8))
    """

    def __init__(self, source: str, one: Predictor, many: Predictor, fills_up: bool) -> None:
        self.source = source
        self._one = one
        self._many = many
        self._fills_up = fills_up

    @property
    def card(self) -> ModelCard:
        """What is known of the model: picture size, decoding and the like."""
        return self._one.engine.card

    @property
    def class_names(self) -> tuple[str, ...]:
        """C names; a label is an index into them."""
        return self.card.class_names

    @property
    def score_threshold(self) -> float:
        """What is found below it is left out, unless a call names another one."""
        return self.card.score_threshold

    def __repr__(self) -> str:
        return f"<objloc model {self.source}: {', '.join(self.class_names)}>"

    # A str is a sequence of str, too: of the two, it is a path.
    @overload
    def __call__(self, pictures: Picture, score_threshold: float | None = None) -> Found: ...

    @overload
    def __call__(
        self, pictures: Sequence[Picture], score_threshold: float | None = None
    ) -> list[Found]: ...

    def __call__(
        self, pictures: Picture | Sequence[Picture], score_threshold: float | None = None
    ) -> Found | list[Found]:
        """What is in a picture, or in each of a list, which may differ in kind and size.

        Args:
            pictures: a picture or a list of them. Each is an array uint8 (H, W, 3), RGB, or
                (H, W), grey, or (H, W, 4), RGBA; a Pillow picture; the path of a file; or the
                bytes of one.
            score_threshold: in place of the model's own; 0 for all that it has to say.

        Raises:
            DataError: one of them is no picture, or cannot be read; the message says which.
            ConfigError: the threshold is not in 0..1.
        """
        threshold = self.score_threshold if score_threshold is None else float(score_threshold)
        if not 0 <= threshold <= 1:
            raise ConfigError(f"score_threshold={threshold}: it must be in 0..1")
        if not are_several(pictures):
            [answer] = self._look(self._one, [self._ready(rgb(pictures))])
            return self._found(answer, threshold)
        answers = (
            one for ready in self._batches(pictures) for one in self._look(self._many, ready)
        )
        return [self._found(answer, threshold) for answer in answers]

    def _batches(self, pictures: Sequence[Picture]) -> Iterator[list[_Ready]]:
        """The pictures in batches; no more than one is in memory at a time, and that resized."""
        size = self._many.batch_size
        for start in range(0, len(pictures), size):
            batch = []
            for place, picture in enumerate(pictures[start : start + size], start):
                try:
                    batch.append(self._ready(rgb(picture)))
                except DataError as error:
                    raise DataError(f"pictures[{place}]: {error}") from error
            yield batch

    def _ready(self, image: np.ndarray) -> _Ready:
        pixels, transform = resize(image, self.card.image_size, self.card.resize_mode)
        return pixels, transform, (image.shape[0], image.shape[1])

    def _look(self, predictor: Predictor, ready: list[_Ready]) -> list[Detections]:
        return predictor.predict_batch(
            np.stack([pixels for pixels, _, _ in ready]),
            [transform for _, transform, _ in ready],
            [size for _, _, size in ready],
            fill_to=predictor.batch_size if self._fills_up else 0,
        )

    def _found(self, detections: Detections, threshold: float) -> Found:
        kept = detections.over(threshold)
        names = tuple(self.class_names[label] for label in kept.labels)
        return Found(kept.boxes, kept.labels, names, kept.scores)
