"""Real pictures with one labelled object each, for the probes that need no generated scene."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from objloc.data.resize import ResizeMode, resize
from objloc.data.sample import Sample
from objloc.data.sample_source import SampleSource
from objloc.errors import DataError
from objloc.insight.probes.shown import Shown

_PICTURES = 11  # stands beside the seed, so that other draws of it are others
_LOOKED_AT = 10  # times as many pictures as are wanted, before giving up


class PictureStage:
    """Pictures of a split, chosen by lot, at the size that the model is fed.

    The object that is asked for is a picture's largest one that is not marked "ignore" and whose
    class the model knows. Pictures without any object are the empty ones.

    Args:
        source: the split.
        class_names: the model's.
        image_size: side in pixels of what the model is fed.
        resize_mode: how pictures are brought there.
        count: how many pictures are wanted; there may be fewer.
        seed: of the lot; not negative.

    Raises:
        DataError: no picture that was looked at holds such an object.
    """

    def __init__(
        self,
        source: SampleSource,
        class_names: Sequence[str],
        *,
        image_size: int,
        resize_mode: ResizeMode,
        count: int,
        seed: int = 0,
    ) -> None:
        self.side = image_size
        self.seed = seed
        self._bases: list[Shown] = []
        self._empties: list[UInt8[np.ndarray, "s s 3"]] = []
        names = list(class_names)
        labels = [names.index(n) if n in names else -1 for n in source.class_names]
        order = np.random.default_rng([seed, _PICTURES]).permutation(len(source))
        for index in order[: _LOOKED_AT * count]:
            sample = source.sample(0, int(index))
            image, transform = resize(sample.image, image_size, resize_mode)
            place = _largest(sample, labels)
            if place is not None:
                box = transform.apply(sample.boxes[place : place + 1])[0]
                self._bases.append(Shown(image, box, labels[sample.labels[place]]))
            elif not len(sample.boxes) and len(self._empties) < count:
                self._empties.append(image)
            if len(self._bases) == count:
                break
        if not self._bases:
            raise DataError(
                f"none of {min(len(order), _LOOKED_AT * count)} pictures holds an object that the "
                "model knows: there is nothing to probe it on; choose another split or dataset"
            )

    def __len__(self) -> int:
        """Pictures with an object."""
        return len(self._bases)

    @property
    def empties(self) -> int:
        """Pictures without one."""
        return len(self._empties)

    def random(self, index: int) -> np.random.Generator:
        """Random numbers for what is done to a picture, from their start."""
        return np.random.default_rng([self.seed, _PICTURES, index])

    def base(self, index: int) -> Shown:
        """A picture as it is."""
        return self._bases[index]

    def empty(self, index: int) -> UInt8[np.ndarray, "s s 3"]:
        """A picture without an object; they come again where there are too few."""
        return self._empties[index % len(self._empties)]


def _largest(sample: Sample, labels: Sequence[int]) -> int | None:
    known = np.array([labels[label] >= 0 for label in sample.labels], bool)
    sides = sample.boxes[:, 2:] - sample.boxes[:, :2]
    areas = np.where(known & ~sample.ignore, sides[:, 0] * sides[:, 1], 0.0)
    return int(np.argmax(areas)) if areas.max(initial=0.0) > 0 else None
