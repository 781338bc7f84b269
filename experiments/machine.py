"""Says on what machine, and with which versions, something was measured."""

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from objloc.cores import usable_cores

_PACKAGES = ("tensorflow", "keras", "numpy")


@dataclass(frozen=True)
class Machine:
    """A computer and its software.

    Attributes:
        cores: CPU cores that this process may use.
        cpu: the CPU's name.
        gpu: whether there is an NVIDIA GPU.
        versions: of Python and of the packages that speed depends on.
    """

    cores: int
    cpu: str
    gpu: bool
    versions: dict[str, str]

    @classmethod
    def here(cls) -> "Machine":
        """The machine that this runs on; imports none of the packages."""
        return cls(
            cores=usable_cores(),
            cpu=_cpu_name(),
            gpu=shutil.which("nvidia-smi") is not None,
            versions={
                "python": platform.python_version(),
                **{package: version(package) for package in _PACKAGES},
            },
        )

    def hardware(self) -> str:
        """Such as `2 cores of AMD EPYC, no GPU`."""
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{cores} of {self.cpu}, {'with a' if self.gpu else 'no'} GPU"

    def software(self) -> str:
        """Such as `Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.0, NumPy 2.3.1`."""
        names = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}
        return ", ".join(f"{names.get(key, key)} {text}" for key, text in self.versions.items())


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
