"""What a callback costs: its own time beside that of the training around it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class OwnTime:
    """Sums the seconds that a callback takes, and those from epoch to epoch; both outlive a resume.

    What other callbacks do between two epochs counts as training.
    """

    def __init__(self) -> None:
        self.own = 0.0
        self.all = 0.0
        self._since = time.perf_counter()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """What happens inside is the callback's doing."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.own += time.perf_counter() - began

    @property
    def share(self) -> float:
        """The callback's seconds for each second of the rest, so far."""
        now = time.perf_counter()
        self.all += now - self._since
        self._since = now
        rest = self.all - self.own
        return self.own / rest if rest > 0 else float("nan")

    def get_state(self) -> dict[str, float]:
        """The sums so far."""
        return {"own": self.own, "all": self.all}

    def set_state(self, state: Mapping[str, float]) -> None:
        """Go on with the sums of before, and from now on."""
        self.own += state["own"]
        self.all += state["all"]


def epochs_between(pictures: float, epoch_pictures: int) -> int:
    """How many epochs lie between two looks, if they are to cost about a hundredth of the training.

    It goes by the number of pictures and not by a clock, so that a resumed training looks when an
    uninterrupted one would.

    Args:
        pictures: how many pictures could be learned from in the time that a look takes.
        epoch_pictures: how many are learned from in an epoch.
    """
    return max(1, round(_RARE * pictures / max(epoch_pictures, 1)))


_RARE = 120
