"""Recording runs in MLflow, and reading them back.

MLflow takes seconds to import, so names are imported when first used: a command that only prints
its help pays for none of it.
"""

import os
from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

# MLflow reports usage to its makers over the network unless told not to, and reads this when it is
# imported. Whoever wants to take part sets it to "false".
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A bar for every small file that is stored or fetched.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

if TYPE_CHECKING:
    from objloc.tracking.mlflow_logger import MlflowLogger
    from objloc.tracking.mlflow_tracker import MlflowTracker
    from objloc.tracking.no_tracker import NoTracker
    from objloc.tracking.store import open_store
    from objloc.tracking.stored_localizer import load_localizer
    from objloc.tracking.tracked_run import TrackedRun
    from objloc.tracking.trained_model import TrainedModel, find_trained_model

_HOMES = {
    "MlflowLogger": "mlflow_logger",
    "MlflowTracker": "mlflow_tracker",
    "NoTracker": "no_tracker",
    "TrackedRun": "tracked_run",
    "TrainedModel": "trained_model",
    "find_trained_model": "trained_model",
    "load_localizer": "stored_localizer",
    "open_store": "store",
}

__all__ = [
    "MlflowLogger",
    "MlflowTracker",
    "NoTracker",
    "TrackedRun",
    "TrainedModel",
    "find_trained_model",
    "load_localizer",
    "open_store",
]

__getattr__ = lazy_imports(__name__, _HOMES)
