"""LiteRT files by its interpreter."""

import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from objloc.engines.exported_engine import ExportedEngine
from objloc.errors import ExportError


class LitertEngine(ExportedEngine):
    """Asks a model by LiteRT's interpreter, which is made for one batch size at a time."""

    def _open(self, model_file: Path, threads: int | None) -> None:
        try:
            self._interpreter = Interpreter(str(model_file), num_threads=threads)
            self._input = self._interpreter.get_input_details()[0]["index"]
            details = {one["name"]: one["index"] for one in self._interpreter.get_output_details()}
            self._outputs = {name: details[place] for name, place in self.exported.outputs.items()}
        except (ValueError, RuntimeError, KeyError) as error:
            raise ExportError(f"{model_file}: LiteRT cannot read it: {error}") from error
        self._batch = 0
        self._lock = threading.Lock()  # the interpreter holds the arrays of one call

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
        with self._lock:
            if len(images) != self._batch:
                self._interpreter.resize_tensor_input(self._input, images.shape)
                self._interpreter.allocate_tensors()
                self._batch = len(images)
            self._interpreter.set_tensor(self._input, images)
            self._interpreter.invoke()
            return {
                name: self._interpreter.get_tensor(index) for name, index in self._outputs.items()
            }
