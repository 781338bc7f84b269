"""The model that a service answers with, and where newer ones come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from objloc.evaluation.predictor import Predictor

EXAMPLE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""Media types of the pictures to try a model on, by their files' endings; others are none."""


@dataclass(frozen=True)
class FoundFile:
    """An exported model's file, found.

    Attributes:
        file: with its sidecar beside it.
        name: of the model, for people: `finder@champion`, a folder's name.
        version: changes where the model does.
    """

    file: Path
    name: str
    version: str


class ModelFinder(Protocol):
    """Where a service's model comes from: a file, or a name in a registry that may move on."""

    def find(self) -> FoundFile:
        """The model as of now; called at the start and again from time to time, in a thread.

        Raises:
            ObjlocError: there is none, or it cannot be reached at the moment.
        """


@dataclass(frozen=True)
class ServedModel:
    """A model, opened and ready to answer.

    Attributes:
        predictor: asks it.
        name: see `FoundFile`.
        version: see `FoundFile`.
        about: of its sidecar, for people.
        examples: pictures to try it on, by file name.
    """

    predictor: Predictor
    name: str
    version: str
    about: Mapping[str, Any] = field(default_factory=dict)
    examples: Mapping[str, Path] = field(default_factory=dict)
