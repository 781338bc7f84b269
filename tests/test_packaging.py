"""The wheel holds the package, its option files and its sprites, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import REPOSITORY


def test_the_wheel_has_options_and_assets(tmp_path: Path) -> None:
    program = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    wheel = tmp_path / done.stdout.splitlines()[-1]
    names = set(zipfile.ZipFile(wheel).namelist())
    options = {
        file.relative_to(REPOSITORY / "conf") for file in (REPOSITORY / "conf").rglob("*.yaml")
    }
    assert {f"objloc/conf/{option.as_posix()}" for option in options} <= names
    assert {"objloc/train.py", "objloc/py.typed", "objloc/__init__.pyi"} <= names
    assert any(name.startswith("objloc/data/assets/sprites/") for name in names)
    assert {name.split("/")[0] for name in names} == {"objloc", _info(names)}
    entry_points = zipfile.ZipFile(wheel).read(f"{_info(names)}/entry_points.txt").decode()
    assert "objloc = objloc.cli:main" in entry_points


def _info(names: set[str]) -> str:
    (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    return folder


def test_pinned_requirements_have_hashes_and_no_addresses() -> None:
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--find-links" not in text
    pinned = [line for line in text.splitlines() if line and line[0] not in "# -"]
    assert pinned
    entries = text.replace("\\\n", " ").splitlines()
    for entry in entries:
        if entry and entry[0] not in "# ":
            assert "==" in entry
            assert "--hash=sha256:" in entry
