"""What clients send, made pictures of the model's size; what is wrong with it, they are told."""

import logging
from dataclasses import dataclass

import numpy as np
from PIL import Image

from objloc.data.files.picture import TooManyPixelsError, read_picture
from objloc.data.resize import Resize, resize
from objloc.errors import DataError
from objloc.model_card import ModelCard
from objloc.serving.request_error import RequestError

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadPicture:
    """A picture that is ready for the model.

    Attributes:
        pixels: uint8 (S, S, 3), RGB.
        transform: how it was resized.
        size: height and width of the upright picture.
    """

    pixels: np.ndarray
    transform: Resize
    size: tuple[int, int]


class PictureReader:
    """Reads pictures as evaluation reads files: the same pixels, so the same detections.

    Args:
        most_pixels: a picture with more is refused by what its header says, before it is decoded.
    """

    def __init__(self, most_pixels: int) -> None:
        self.most_pixels = most_pixels
        Image.init()  # all of Pillow's readers, for a sixth of a second: not in a client's time

    def read(self, picture: bytes | np.ndarray, card: ModelCard) -> ReadPicture:
        """An encoded picture, or pixels uint8 (H, W, 3), as the model of `card` wants it.

        Raises:
            RequestError: it is none, is damaged, or too large.
        """
        try:
            image = (
                self._checked(picture)
                if isinstance(picture, np.ndarray)
                else self._decoded(picture)
            )
            pixels, transform = resize(image, card.image_size, card.resize_mode)
        except RequestError:
            raise
        except Exception as error:  # whatever a stranger's bytes bring about is no fault of ours
            _logger.warning("a picture could not be read: %r", error)
            raise _unreadable("the picture cannot be decoded") from error
        return ReadPicture(pixels, transform, (image.shape[0], image.shape[1]))

    def _decoded(self, encoded: bytes) -> np.ndarray:
        try:
            return read_picture(encoded, most_pixels=self.most_pixels)
        except TooManyPixelsError as error:
            raise self._too_large(str(error)) from error
        except DataError as error:
            raise _unreadable(str(error).removeprefix("picture: ")) from error

    def _checked(self, pixels: np.ndarray) -> np.ndarray:
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise _unreadable(
                f"pixels are uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}"
            )
        if not pixels.size:
            raise _unreadable("a picture has at least one pixel")
        height, width = pixels.shape[:2]
        if height * width > self.most_pixels:
            raise self._too_large(
                f"picture: {width} × {height} pixels are more than the {self.most_pixels:,} that "
                "a picture may have"
            )
        return pixels

    def _too_large(self, detail: str) -> RequestError:
        return RequestError(413, "picture-too-large", "The picture has too many pixels", detail)


def _unreadable(detail: str) -> RequestError:
    return RequestError(422, "not-a-picture", "This is not a picture that can be read", detail)
