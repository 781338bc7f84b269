"""One MLflow run, written to by its id: several runs in one process do not get in each other's way.

MLflow's own `mlflow.log_…` functions write to whichever run is "active" in the process, and
changing the store they write to changes it for everyone; so everything here goes through a client.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from objloc.tracking.about_model import AboutModel
from objloc.tracking.flatten import flatten
from objloc.tracking.masked import config_text
from objloc.tracking.store import tracking_errors

_METRICS_AT_ONCE, _PARAMS_AT_ONCE = 1000, 100  # MLflow's limits on one request
_MAX_TAG = 8000

_Item = TypeVar("_Item")


class MlflowLogger:
    """Writes to one run of an MLflow store; implements `TrackedRun`.

    Every method raises `TrackingError` where the store fails.

    Args:
        client: of the store (`objloc.tracking.open_store`).
        run_id: of a run that exists.
        store_models: False makes `log_model` do nothing.
    """

    def __init__(self, client: MlflowClient, run_id: str, store_models: bool = True) -> None:
        self.client = client
        self.run_id = run_id
        self.store_models = store_models
        self._model_id: str | None = None

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record settings, nested ones under dotted names.

        MLflow's params cannot be changed: what a resumed run has already keeps its first value.
        """
        with self._errors("take params"):
            known = self.client.get_run(self.run_id).data.params
            new = [Param(k, v) for k, v in flatten(params).items() if k not in known]
            for some in _batches(new, _PARAMS_AT_ONCE):
                self.client.log_batch(self.run_id, params=some)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers at a step; without one they stand at step 0.

        What comes after `log_model` is the model's, too: MLflow's pages of models show it.
        """
        now = int(time.time() * 1000)
        points = [
            Metric(name, float(value), now, step or 0, model_id=self._model_id)
            for name, value in metrics.items()
        ]
        with self._errors("take metrics"):
            for some in _batches(points, _METRICS_AT_ONCE):
                self.client.log_batch(self.run_id, metrics=some)

    def log_image(self, image: UInt8[np.ndarray, "h w 3"], path: str) -> None:
        """Store a picture, RGB, as the PNG `path`."""
        with self._errors(f"take the picture {path}"):
            self.client.log_image(self.run_id, image, path)

    def log_text(self, text: str, path: str) -> None:
        """Store a text as the file `path`."""
        with self._errors(f"take the text {path}"):
            self.client.log_text(self.run_id, text, path)

    def log_table(self, header: Sequence[str], rows: Sequence[Sequence[object]], path: str) -> None:
        """Store a table, in place of an earlier one, as `path` (`.json`); MLflow's page shows it.

        NaN is stored as null, as JSON has no word for it.
        """
        # Here, not above: half a second, for what is logged at the end.
        import pandas as pd

        with self._errors(f"take the table {path}"):
            # Objects: whole numbers stay whole in a column that has gaps.
            frame = pd.DataFrame(rows, columns=_unique(header), dtype=object)
            folder = path.rpartition("/")[0]
            known = self.client.list_artifacts(self.run_id, folder or None)
            if any(file.path == path for file in known):
                # MLflow would add the rows to those that are there. A run that is resumed just
                # before its end logs its tables a second time.
                self.client.log_text(self.run_id, frame.to_json(orient="split", index=False), path)
            else:
                self.client.log_table(self.run_id, frame, path)

    def log_file(self, file: Path, folder: str | None = None) -> None:
        """Store a copy of a file, under its own name, in `folder`."""
        with self._errors(f"take the file {file}"):
            self.client.log_artifact(self.run_id, str(file), folder)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set or change tags; over-long values are cut."""
        with self._errors("take tags"):
            pairs = [RunTag(name, str(value)[:_MAX_TAG]) for name, value in tags.items()]
            for some in _batches(pairs, _PARAMS_AT_ONCE):
                self.client.log_batch(self.run_id, tags=some)

    def log_config(self, config: Mapping[str, object]) -> None:
        """Record the composed config: flat params, and the whole as `config.yaml`."""
        self.log_params(config)
        self.log_text(config_text(config), "config.yaml")

    def log_dataset(self, description: Mapping[str, object], context: str = "training") -> None:
        """Record the dataset, seen on the run's page: `name`, `digest`, the rest as its profile."""
        profile = {k: v for k, v in description.items() if k not in ("name", "digest")}
        dataset = Dataset(
            name=str(description.get("name", "dataset"))[:500],
            digest=str(description.get("digest", "none"))[:36],
            source_type="code",
            source=json.dumps({"tags": {"made by": "objloc"}}),
            profile=json.dumps(profile, default=str),
        )
        with self._errors("take the dataset's description"):
            inputs = [DatasetInput(dataset, [InputTag("mlflow.data.context", context)])]
            try:
                self.client.log_inputs(self.run_id, inputs)
            except MlflowException:
                # Of two runs that bring a new dataset at once, both find it missing and the slower
                # one cannot add it; when it looks again, it is there.
                self.client.log_inputs(self.run_id, inputs)

    def log_model(self, model_file: Path, about: AboutModel | None = None) -> str | None:
        """Store a saved localizer as an MLflow model of this run; see `log_model.log_model`."""
        if not self.store_models:
            return None
        # Here, not above: MLflow's model code takes seconds to import, and is needed at the end.
        from objloc.tracking.log_model import log_model

        with self._errors(f"take the model {model_file}"):
            uri = log_model(self.client, self.run_id, model_file, about)
        self._model_id = uri.removeprefix("models:/")
        return uri

    def _errors(self, what: str) -> AbstractContextManager[None]:
        """Names the store in whatever goes wrong."""
        return tracking_errors(self.client.tracking_uri, what)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, those that occur again numbered: a table's columns must differ."""
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return unique


def _batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """The items in order, at most `size` at once."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
