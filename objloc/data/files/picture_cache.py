"""Decoded pictures kept in memory, up to a number of bytes."""

import threading

from objloc.data.files.picture import DecodedPicture


class PictureCache:
    """Keeps the first pictures it is given until it is full, and then these for good.

    Every epoch shows every picture once, in a new order. To throw out what was used longest ago
    would throw out what comes next; what stays is found once in every epoch.

    It is safe to use from several threads. A copy in another process starts empty.

    Args:
        limit: bytes; 0 keeps nothing.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._pictures: dict[int, DecodedPicture] = {}
        self._lock = threading.Lock()

    def get(self, key: int) -> DecodedPicture | None:
        """The picture, whose array must not be written to; None if it is not kept."""
        return self._pictures.get(key)

    def offer(self, key: int, picture: DecodedPicture) -> None:
        """Keeps the picture if there is room for it."""
        with self._lock:
            room = self.used + picture.image.nbytes <= self.limit
            if room and key not in self._pictures:
                self._pictures[key] = picture
                self.used += picture.image.nbytes

    def __getstate__(self) -> dict[str, int]:
        return {"limit": self.limit}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.__init__(state["limit"])  # an empty one
