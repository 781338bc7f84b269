"""What all engines of exported models share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from objloc.engines.exported_model import ExportedModel
from objloc.model_card import ModelCard


class ExportedEngine(ABC):
    """Asks an exported model (`objloc.evaluation.Engine`); any thread may call it.

    Args:
        model_file: the file or folder of the model.
        exported: its sidecar.
        threads: of one call; None for one per core.

    Attributes:
        exported: the sidecar.
        card: how the model wants its pictures; another may take its place.
    """

    def __init__(
        self, model_file: Path, exported: ExportedModel, threads: int | None = None
    ) -> None:
        self.exported = exported
        self.card: ModelCard = exported.card
        self._open(model_file, threads)

    @abstractmethod
    def _open(self, model_file: Path, threads: int | None) -> None:
        """Loads the model into the runtime."""

    @abstractmethod
    def __call__(self, images: np.ndarray) -> Mapping[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
