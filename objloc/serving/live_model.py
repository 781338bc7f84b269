"""The model in use, and the newer one that takes over while requests go on."""

import logging
from pathlib import Path

import numpy as np

from objloc.engines import open_engine
from objloc.errors import ObjlocError
from objloc.evaluation.predictor import Predictor
from objloc.serving.metrics import Metrics
from objloc.serving.served_model import EXAMPLE_TYPES, FoundFile, ModelFinder, ServedModel

_PRIVATE = frozenset({"config", "source"})  # paths and addresses of where it was trained
_logger = logging.getLogger(__name__)


class LiveModel:
    """Holds the model that answers; `look` puts a newer one in its place.

    Who has taken `current` may go on using it: it stays whole until nobody does.

    Args:
        finder: says where the model is now.
        metrics: count changes and failures.
        threads: of a call of the model; None for one per core.
        warm_batches: a model is asked with batches of these sizes before it is put to use.
    """

    def __init__(
        self,
        finder: ModelFinder,
        metrics: Metrics,
        *,
        threads: int | None = None,
        warm_batches: tuple[int, ...] = (1,),
    ) -> None:
        self.finder = finder
        self.threads = threads
        self.warm_batches = warm_batches
        self.current: ServedModel | None = None
        self._metrics = metrics
        self._found: FoundFile | None = None
        self._last_failure = ""

    def open(self) -> ServedModel:
        """The first model.

        Raises:
            ObjlocError: there is none, or it cannot be opened.
        """
        if self.current is None:
            found = self.finder.find()
            self._take(found, self._opened(found))
        assert self.current is not None
        return self.current

    def look(self) -> bool:
        """Whether there was a newer model, which then took over.

        What fails is logged once, and the old model goes on.
        """
        try:
            found = self.finder.find()
            if found == self._found:
                self._last_failure = ""
                return False
            model = self._opened(found)
        except Exception as error:  # whatever it is, the service goes on
            self._metrics.failures.labels("reload").inc()
            if str(error) != self._last_failure:
                self._last_failure = str(error)
                known = isinstance(error, ObjlocError)
                _logger.error(
                    "no newer model, the one in use goes on: %s", error, exc_info=not known
                )
            return False
        self._last_failure = ""
        self._take(found, model)
        self._metrics.changes.inc()
        _logger.info("now serving %s version %s", found.name, found.version)
        return True

    def _take(self, found: FoundFile, model: ServedModel) -> None:
        self._found = found
        self.current = model
        self._metrics.show_model(found.name, found.version)

    def _opened(self, found: FoundFile) -> ServedModel:
        engine = open_engine(found.file, self.threads)
        side = engine.card.image_size
        for size in self.warm_batches:
            engine(np.zeros((size, side, side, 3), np.uint8))
        return ServedModel(
            predictor=Predictor(engine),
            name=found.name,
            version=found.version,
            about={
                name: value for name, value in engine.exported.about.items() if name not in _PRIVATE
            },
            examples=_examples(found.file.parent / "examples"),
        )


def _examples(folder: Path) -> dict[str, Path]:
    """The pictures that lie beside a model, by name."""
    if not folder.is_dir():
        return {}
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in EXAMPLE_TYPES)
    return {file.name: file for file in files}
