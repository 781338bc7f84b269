"""What a run was started with: command line, versions and the state of the code."""

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from objloc.tracking.masked import masked

_PACKAGES = ("objloc", "tensorflow", "keras", "mlflow", "numpy")


def environment_tags() -> dict[str, str]:
    """Tags of the running process; looks versions up without importing anything."""
    tags = {
        "command": masked(shlex.join([os.path.basename(sys.executable), *sys.orig_argv[1:]])),
        "platform": platform.platform(),
        "version.python": platform.python_version(),
        "mlflow.source.name": sys.argv[0],
        "mlflow.source.type": "LOCAL",
        "mlflow.user": os.environ.get("USER") or os.environ.get("USERNAME") or "unknown",
    }
    for package in _PACKAGES:
        try:
            tags[f"version.{package}"] = version(package)
        except PackageNotFoundError:
            continue
    commit = _git("rev-parse", "HEAD")
    if commit:
        tags["mlflow.source.git.commit"] = commit
        tags["git.dirty"] = "true" if _git("status", "--porcelain") else "false"
    return tags


def _git(*arguments: str) -> str:
    """Git's answer in the current folder; "" without git, a repository or a commit."""
    try:
        answer = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},  # looking must not touch the index
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
