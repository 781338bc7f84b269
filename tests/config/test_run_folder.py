"""A run's folder is new, and a place where it cannot be made is named."""

from pathlib import Path

import pytest

from objloc.config.run_folder import reserve_run_folder
from objloc.errors import ConfigError


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    folders = [reserve_run_folder(tmp_path / "out" / "12-00-00-x") for _ in range(3)]
    assert [folder.name for folder in folders] == ["12-00-00-x", "12-00-00-x-2", "12-00-00-x-3"]
    assert all(folder.is_dir() for folder in folders)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match=r"output_root=.*taken.*choose another: output_root="):
        reserve_run_folder(tmp_path / "taken" / "run")
