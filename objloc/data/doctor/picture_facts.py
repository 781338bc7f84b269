"""What one full reading of all pictures has found: columns beside those of the labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int8, Int32, UInt8, UInt64


@dataclass(frozen=True)
class PictureProblem:
    """Why a picture cannot be used.

    Attributes:
        kind: the finding's: "picture_missing", "picture_unreadable" or "picture_truncated".
        reason: in words.
    """

    kind: str
    reason: str


@dataclass(frozen=True)
class PictureFacts:
    """About each of I pictures what all checks need, a third of a kilobyte a picture.

    Attributes:
        readable: (I,) whether all of its pixels could be decoded; where not, the other columns
            hold what was found before that, or zeros.
        problems: what is wrong with those that are not readable.
        sizes: (I, 2) height and width, upright; 0 where unknown.
        stored_sizes: (I, 2) the same before EXIF's orientation is applied.
        orientations: (I,) EXIF's, 1 (upright) to 8; 0 where unknown.
        modes: Pillow's name for the kind of pixels, "" where unknown.
        grey: (I,) red, green and blue are equal everywhere.
        digests: a hash of the file's bytes, b"" where it cannot be read.
        hashes: (I,) see `perceptual_hash`.
        thumbnails: (I, 16, 16) the pictures in grey.
    """

    readable: Bool[np.ndarray, " i"]
    problems: Mapping[int, PictureProblem]
    sizes: Int32[np.ndarray, "i 2"]
    stored_sizes: Int32[np.ndarray, "i 2"]
    orientations: Int8[np.ndarray, " i"]
    modes: Sequence[str]
    grey: Bool[np.ndarray, " i"]
    digests: Sequence[bytes]
    hashes: UInt64[np.ndarray, " i"]
    thumbnails: UInt8[np.ndarray, "i 16 16"]

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.readable)
