import importlib.util

import pytest

from objloc.errors import ConfigError
from objloc.sweeps.launching import Launching, launching

BASIC = {"_target_": "hydra._internal.core_plugins.basic_launcher.BasicLauncher"}
JOBLIB = {"_target_": "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher"}
SLURM = {"_target_": "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher"}


def test_one_after_the_other_in_this_process() -> None:
    assert launching(BASIC, None) == Launching(1, None, in_process=True, far=False)
    with pytest.raises(ConfigError, match=r"sweep\.parallel=3: .* choose hydra/launcher=joblib"):
        launching(BASIC, 3)


def test_jobs_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert launching({**JOBLIB, "n_jobs": -1}, None) == Launching(8, 1, False, False)
    assert launching({**JOBLIB, "n_jobs": 2}, None) == Launching(2, 4, False, False)
    assert launching({**JOBLIB, "n_jobs": 2}, 3) == Launching(3, 2, False, False)


def test_jobs_of_slurm_may_be_anywhere() -> None:
    config = {**SLURM, "cpus_per_task": 4, "array_parallelism": 9000}
    assert launching(config, None) == Launching(256, 4, in_process=False, far=True)


@pytest.mark.parametrize("name", ["joblib", "ray", "submitit"])
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=rf"pip install 'objloc\[{name}\]'"):
        launching({"_target_": f"hydra_plugins.hydra_{name}_launcher.x.Launcher"}, None)
