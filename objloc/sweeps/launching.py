"""How a sweep's launcher runs jobs: how many at once, with how many threads each."""

import importlib.util
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from objloc.cores import usable_cores
from objloc.errors import ConfigError

_BASIC = "hydra._internal.core_plugins.basic_launcher.BasicLauncher"
_EXTRAS = ("joblib", "ray", "submitit")
_MOST_AT_ONCE = 256  # a thread of the sweep waits for each


@dataclass(frozen=True)
class Launching:
    """What the sweep must know of its launcher.

    Attributes:
        at_once: jobs that run beside each other.
        threads: of TensorFlow in each job, so that jobs don't fight for cores; None leaves
            `trainer.threads` alone.
        in_process: do jobs run in the sweep's own process?
        far: may jobs run on other computers?
    """

    at_once: int
    threads: int | None
    in_process: bool
    far: bool


def launching(launcher: Mapping[str, Any], parallel: int | None) -> Launching:
    """Reads the config of a launcher; starts Ray where that is the launcher.

    Args:
        launcher: the config's `hydra.launcher`.
        parallel: jobs at once; None for as many as the launcher has room for.

    Raises:
        ConfigError: the launcher is not installed, or runs one job after the other in the sweep's
            process and `parallel` asks for more; or Ray cannot be reached.
    """
    target = str(launcher["_target_"])
    if target == _BASIC:
        if parallel not in (None, 1):
            raise ConfigError(
                f"sweep.parallel={parallel}: this launcher runs one job after the other; choose "
                "hydra/launcher=joblib, ray or submitit"
            )
        return Launching(1, None, in_process=True, far=False)
    _check_installed(target)
    cores = usable_cores()
    if "joblib" in target:
        room = int(launcher.get("n_jobs", -1))
        at_once = parallel or (room if room > 0 else cores)
        return Launching(at_once, max(1, cores // at_once), in_process=False, far=False)
    if "hydra_ray_launcher" in target:
        remote = launcher["ray"].get("remote") or {}
        threads = max(1, int(remote.get("num_cpus", 1)))
        init = dict(launcher["ray"].get("init") or {})
        at_once = parallel or _room_on_ray(init, threads)
        return Launching(at_once, threads, in_process=False, far=init.get("address") is not None)
    at_once = min(parallel or int(launcher.get("array_parallelism") or 1), _MOST_AT_ONCE)
    return Launching(at_once, launcher.get("cpus_per_task"), in_process=False, far=True)


def _check_installed(target: str) -> None:
    package = ".".join(target.split(".")[:2])
    for extra in _EXTRAS:
        if extra in package and importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"hydra/launcher={extra} needs a package that is not installed: "
                f"pip install 'objloc[{extra}]'"
            )


def _room_on_ray(init: dict[str, Any], threads: int) -> int:
    """Jobs of so many cores that the cluster has room for; joins it, or starts one here."""
    # Ray reports usage to its makers over the network unless told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray's own default is about to change to this: a job without a GPU sees what the others see.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    try:
        if not ray.is_initialized():
            _knock(init.get("address"))
            ray.init(**init)
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"Ray cannot be reached at {init.get('address')}: {str(error).splitlines()[0]}; start "
            "it (ray start --head), or leave hydra.launcher.ray.init.address out"
        ) from error
    return max(1, min(int(ray.cluster_resources().get("CPU", 1)) // threads, _MOST_AT_ONCE))


def _knock(address: object) -> None:
    """Raises OSError where nobody answers at HOST:PORT; Ray would try for minutes."""
    match = re.fullmatch(r"([\w.-]+):(\d+)", str(address))
    if match is not None:
        socket.create_connection((match[1], int(match[2])), timeout=5).close()
