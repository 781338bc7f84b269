"""OpenVINO files by OpenVINO."""

from pathlib import Path

import numpy as np

from objloc.engines.exported_engine import ExportedEngine
from objloc.engines.quiet_openvino import import_openvino
from objloc.errors import ExportError

openvino = import_openvino()


class OpenvinoEngine(ExportedEngine):
    """Asks a model by OpenVINO, on the CPU."""

    def _open(self, model_file: Path, threads: int | None) -> None:
        # Its own default where the CPU can is bfloat16, which moves logits by a tenth.
        options: dict[str, object] = {"INFERENCE_PRECISION_HINT": "f32"}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            self._model = openvino.Core().compile_model(str(model_file), "CPU", options)
        except RuntimeError as error:
            raise ExportError(f"{model_file}: OpenVINO cannot read it: {error}") from error

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
        # A request for each call: threads may not share one.
        found = self._model.create_infer_request().infer({self.exported.input: images})
        return {name: np.array(found[place]) for name, place in self.exported.outputs.items()}
