"""Does a Dockerfile's steps in folders and virtual environments: without a Docker engine."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_UNREACHABLE = (
    "error sending request",  # uv
    "Failed to fetch",
    "dns error",
    "Could not fetch URL",  # pip
    "No matching distribution found",
    "NewConnectionError",
)


class UnreachableIndexError(Exception):
    """The packages that a step installs can neither be downloaded nor are they in a cache."""


@dataclass
class Stage:
    """What a stage of a Dockerfile led to.

    Attributes:
        root: the folder that stands for the image's /; its `venv` for the image's Python.
        workdir: the current folder, below `root`.
        environment: that the steps and the container's program run in.
        words: of the last instruction of each kind that says something about the container: `USER`,
            `ENTRYPOINT`, `CMD`, `HEALTHCHECK`, …
    """

    root: Path
    workdir: Path
    environment: dict[str, str]
    words: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return self.root / "venv" / "bin" / "python"

    @property
    def home(self) -> Path:
        """For the container's program; the steps have this machine's, where the caches are."""
        return self.root / "home"

    def command(self, instruction: str) -> list[str]:
        """The program of an ENTRYPOINT, CMD or HEALTHCHECK in its JSON form."""
        found = json.loads(self.words[instruction].partition("CMD ")[2] or self.words[instruction])
        return [self.below(str(word)) for word in found]

    def below(self, text: str) -> str:
        """The text with each absolute path in it put below `root`."""
        return re.sub(r"(^|[\s=])/(?=\w)", rf"\g<1>{self.root}/", text)


def instructions(file: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile: (name, the rest as one line)."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (word, rest)
        for word, _, rest in (line.partition(" ") for line in joined.split("\n"))
        if word
    ]


def build(file: Path, context: Path, folder: Path) -> Stage:
    """Does all that a Dockerfile says; its last stage.

    Args:
        file: the Dockerfile.
        context: the folder that it copies from.
        folder: an empty one, for the stages.

    Raises:
        UnreachableIndexError: packages cannot be had.
        AssertionError: a step failed, with its output.
    """
    stages: dict[str, Stage] = {}
    stage = None
    for instruction, rest in instructions(file):
        if instruction == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            stage = stages[name] = _begun(folder / name)
        elif stage is None:
            assert instruction == "ARG"
        elif instruction == "WORKDIR":
            stage.workdir = Path(stage.below(rest))
            stage.workdir.mkdir(parents=True)
        elif instruction == "COPY":
            _copy(rest, context, stage, stages)
        elif instruction == "RUN":
            _run(rest, stage)
        elif instruction == "ENV":
            stage.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        else:
            stage.words[instruction] = rest
    assert stage is not None
    return stage


def _begun(root: Path) -> Stage:
    """A stage with a Python of its own, in place of that of the image."""
    programs = root / "venv" / "bin"
    path = f"{programs}{os.pathsep}{os.defpath}"
    if uv := shutil.which("uv"):
        subprocess.run(
            [uv, "venv", "--quiet", "--python", sys.executable, root / "venv"], check=True
        )
        # --no-cache is for images: here, the cache is what spares downloads.
        shim = programs / "pip"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(uv)} pip "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    else:
        subprocess.run([sys.executable, "-m", "venv", root / "venv"], check=True)
    (root / "home").mkdir()
    kept = {"HOME", "UV_CACHE_DIR", "SSL_CERT_FILE", "PIP_CERT", "PIP_INDEX_URL", "UV_INDEX_URL"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    return Stage(root, root, {**environment, "PATH": path, "VIRTUAL_ENV": str(root / "venv")})


def _copy(rest: str, context: Path, stage: Stage, stages: dict[str, Stage]) -> None:
    *sources, target = rest.split()
    origin = context
    if sources[0].startswith("--from="):
        other = stages[sources.pop(0).removeprefix("--from=")]
        origin = other.root
    place = stage.workdir / stage.below(target)
    for source in sources:
        file = origin / source.lstrip("/")
        if file.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(file, place, ignore=ignored, dirs_exist_ok=True)
        else:
            into_folder = target.endswith("/")
            (place if into_folder else place.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place / file.name if into_folder else place)


def _run(step: str, stage: Stage) -> None:
    done = subprocess.run(
        ["sh", "-c", stage.below(step.replace("--no-cache-dir", ""))],
        cwd=stage.workdir,
        env=stage.environment,
        capture_output=True,
        text=True,
    )
    told = f"RUN {step}\n{done.stdout}\n{done.stderr}"
    if done.returncode != 0 and any(words in told for words in _UNREACHABLE):
        raise UnreachableIndexError(told)
    assert done.returncode == 0, told
