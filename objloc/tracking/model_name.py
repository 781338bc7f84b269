"""What a user calls a stored model: an alias, a version, a run, or the model itself."""

import re
from dataclasses import dataclass

from objloc.errors import TrackingError

_RUN = re.compile(r"runs:/(\w+)/localizer/?|(\w+)")
_MODEL_ID = re.compile(r"models:/(m-[^/@]+)/?")
_REGISTERED = re.compile(r"models:/([^/@]+)(?:@([^/@]+)|/(\d+|latest))/?")


@dataclass(frozen=True)
class ModelName:
    """One of: a registered model's alias or version ("latest"), a run's id, a model's id.

    Attributes:
        registered: name of the registered model; "" for the others, as all that follow.
        alias: of the version.
        version: its number, or "latest".
        run_id: of the run that stored the model.
        model_id: `m-…`.
    """

    registered: str = ""
    alias: str = ""
    version: str = ""
    run_id: str = ""
    model_id: str = ""

    @staticmethod
    def parse(source: str) -> "ModelName":
        """Reads `models:/NAME@ALIAS`, `models:/NAME/VERSION`, `models:/m-…`, `runs:/…` or an id.

        Raises:
            TrackingError: it is none of them.
        """
        if match := _RUN.fullmatch(source):
            return ModelName(run_id=match[1] or match[2])
        if match := _MODEL_ID.fullmatch(source):
            return ModelName(model_id=match[1])
        if match := _REGISTERED.fullmatch(source):
            return ModelName(match[1], match[2] or "", match[3] or "")
        raise TrackingError(
            f"no model at {source!r}: give a file, a run's folder, a run's id, models:/NAME@ALIAS, "
            "models:/NAME/VERSION or models:/m-…"
        )

    def __str__(self) -> str:
        if self.alias:
            return f"{self.registered}@{self.alias}"
        return self.registered or self.run_id or self.model_id


@dataclass(frozen=True)
class Located:
    """A stored model, found.

    Attributes:
        location: of its files, as its store names it.
        version: its number in the registry; "" where it was not asked for by a registered name.
    """

    location: str
    version: str = ""

    @property
    def key(self) -> str:
        """What tells it from other models, fit for a folder's name."""
        ids = re.findall(r"m-[0-9a-f]{32}", self.location)
        return ids[-1] if ids else re.sub(r"\W+", "_", self.location).strip("_")


class UnknownToLookupError(Exception):
    """A quick way of asking a store does not do: MLflow itself has to be asked; nobody is told."""
