"""ONNX files by ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnxruntime

from objloc.engines.exported_engine import ExportedEngine
from objloc.errors import ExportError

onnxruntime.disable_telemetry_events()  # where objloc/__init__.py's variable isn't heeded: Windows


class OnnxEngine(ExportedEngine):
    """Asks a model by ONNX Runtime, on the CPU."""

    def _open(self, model_file: Path, threads: int | None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.log_severity_level = 3  # errors; what else it says is of no use to a user
        # Threads that wait in a loop for the next call would take the cores from those that
        # decode pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(model_file), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its classes share no other base
            raise ExportError(f"{model_file}: ONNX Runtime cannot read it: {error}") from error
        self._names = list(self.exported.outputs.values())

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
        arrays = self._session.run(self._names, {self.exported.input: images})
        return dict(zip(self.exported.outputs, arrays, strict=True))
