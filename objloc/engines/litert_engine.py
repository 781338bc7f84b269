"""LiteRT files by its interpreter."""

import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from objloc.cores import usable_cores
from objloc.engines.exported_engine import ExportedEngine
from objloc.errors import ExportError
from objloc.quiet import quiet


class LitertEngine(ExportedEngine):
    """Asks a model by LiteRT's interpreter.

    The interpreter is made ready for one batch size at a time, and holds the arrays of one call:
    threads take turns.
    """

    def _open(self, model_file: Path, threads: int | None) -> None:
        try:
            with quiet(2):  # it tells of its delegate
                self._interpreter = Interpreter(
                    str(model_file), num_threads=threads or usable_cores()
                )
                self._input = self._interpreter.get_input_details()[0]["index"]
                self._resize((1, *self._interpreter.get_input_details()[0]["shape"][1:]))
            places = {one["name"]: one["index"] for one in self._interpreter.get_output_details()}
            self._outputs = {name: places[place] for name, place in self.exported.outputs.items()}
        except (ValueError, RuntimeError, KeyError) as error:
            raise ExportError(f"{model_file}: LiteRT cannot read it: {error}") from error
        self._lock = threading.Lock()

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
        with self._lock:
            if images.shape != self._shape:
                self._resize(images.shape)
            self._interpreter.set_tensor(self._input, images)
            self._interpreter.invoke()
            return {
                name: self._interpreter.get_tensor(index) for name, index in self._outputs.items()
            }

    def _resize(self, shape: tuple[int, ...]) -> None:
        self._interpreter.resize_tensor_input(self._input, shape)
        self._interpreter.allocate_tensors()
        self._shape = tuple(shape)
