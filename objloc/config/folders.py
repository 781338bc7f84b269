"""Where the option files are: objloc's own and the user's."""

from collections.abc import Sequence
from pathlib import Path

from objloc.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent.parent


def config_folder() -> Path:
    """Absolute folder of objloc's option files.

    Inside a wheel it is `objloc/conf`; in a checkout it is `conf` beside the package.
    """
    for folder in (_PACKAGE / "conf", _PACKAGE.parent / "conf"):
        if (folder / "train.yaml").is_file():
            return folder
    raise ConfigError(
        f"objloc's option files are missing: neither {_PACKAGE / 'conf'} nor "
        f"{_PACKAGE.parent / 'conf'} holds train.yaml; install objloc again"
    )


def search_folders(config_dir: str | Path | None = None) -> tuple[Path, ...]:
    """Folders searched for an option, first match wins: objloc's, then the user's own."""
    folders = [config_folder()]
    if config_dir is not None:
        own = Path(config_dir).absolute()
        if not own.is_dir():
            raise ConfigError(f"--config-dir {config_dir}: there is no such folder")
        folders.append(own)
    return tuple(folders)


def groups(folders: Sequence[Path]) -> dict[str, dict[str, Path]]:
    """Every config group with its options: `{"head": {"grid": Path("…/head/grid.yaml")}}`."""
    found: dict[str, dict[str, Path]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.yaml")):
            group = file.parent.relative_to(folder).as_posix()
            if group == "." or group == "hydra" or group.startswith("hydra/"):
                continue
            found.setdefault(group, {}).setdefault(file.stem, file)
    return dict(sorted(found.items()))
