"""A model served from a tracking store: fetched once, found anew when its name moves on."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from objloc.engines.exported_model import read_exported, sidecar_of
from objloc.errors import ExportError, TrackingError
from objloc.serving.model_file import file_version
from objloc.serving.served_model import FoundFile
from objloc.tracking.model_lookup import ModelLookup
from objloc.tracking.model_name import Located, ModelName

ONNX_FILE = "model.onnx"
_FETCHING = ".fetching-"  # begins the names of folders that are being filled
_FORGOTTEN = 3600.0  # seconds after which such a folder is taken for a dead process's
Export = Callable[[str, Path], None]


class StoredModel:
    """Finds the exported file of a model in a tracking store (`ModelFinder`).

    Args:
        source: a run's id, `runs:/…` or `models:/…`.
        tracking_uri: the store.
        folder: keeps the files of each model in a folder of its own.
        export: called as `export("models:/m-…" or source, folder)` for a model that was stored
            without an exported file: makes one in the folder.

    Raises:
        TrackingError: `source` names no model.
    """

    def __init__(self, source: str, tracking_uri: str, folder: Path, export: Export) -> None:
        self.source = source
        self.folder = folder
        self._name = ModelName.parse(source)
        self._lookup = ModelLookup(tracking_uri)
        self._export = export
        self._versions: dict[Path, str] = {}
        self._used: list[Path] = []

    def find(self) -> FoundFile:
        """The model that has the name now, fetched if it isn't yet.

        Raises:
            ObjlocError: there is none, the store does not answer, or no file can be had.
        """
        located = self._lookup.locate(self._name)
        kept = self.folder / located.key
        if not self._is_whole(kept):
            self._fetch(located, kept)
        self._use(kept)
        file = kept / ONNX_FILE
        return FoundFile(file, str(self._name), located.version or self._version(file))

    def _is_whole(self, kept: Path) -> bool:
        """Whether a model is kept there, as it was fetched."""
        if kept in self._used:
            return sidecar_of(kept / ONNX_FILE).is_file()
        try:
            read_exported(kept / ONNX_FILE)
        except ExportError:
            return False
        return True

    def _fetch(self, located: Located, kept: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{_FETCHING}*"):
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(left, ignore_errors=True)
        # Beside its place, so that half a download is never taken for a model.
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=_FETCHING) as scratch:
            fetched = Path(scratch) / "model"
            fetched.mkdir()
            self._lookup.fetch(located, fetched)
            if not sidecar_of(fetched / ONNX_FILE).is_file():
                self._export(self._exact(located.key), fetched)
            read_exported(fetched / ONNX_FILE)
            _put(fetched, kept)

    def _use(self, kept: Path) -> None:
        """Notes what is in use; of what was, all but the last is removed."""
        if self._used[-1:] == [kept]:
            return
        self._used = [one for one in self._used if one != kept] + [kept]
        for old in self._used[:-2]:
            shutil.rmtree(old, ignore_errors=True)
        self._used = self._used[-2:]

    def _exact(self, key: str) -> str:
        """The very model that was found, whatever the name means by now."""
        return f"models:/{key}" if key.startswith("m-") else self.source

    def _version(self, file: Path) -> str:
        if file not in self._versions:
            self._versions[file] = file_version(file)
        return self._versions[file]


def _put(fetched: Path, kept: Path) -> None:
    """Moves a complete model to its place, unless another service was faster."""
    try:
        shutil.rmtree(kept, ignore_errors=True)  # incomplete, or it would not have been fetched
        fetched.rename(kept)
    except OSError as error:
        if not sidecar_of(kept / ONNX_FILE).is_file():
            raise TrackingError(
                f"{kept}: the model cannot be kept there ({error.strerror}); choose another "
                "output_root=FOLDER"
            ) from error
