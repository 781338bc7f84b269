"""SavedModel folders by TensorFlow."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from objloc.engines.exported_engine import ExportedEngine
from objloc.errors import ExportError


class SavedModelEngine(ExportedEngine):
    """Asks a model by TensorFlow; the process's own threads."""

    def _open(self, model_file: Path, threads: int | None) -> None:
        try:
            self._model = tf.saved_model.load(str(model_file))  # keeps its variables alive
            self._serve = self._model.signatures["serving_default"]
        except (OSError, KeyError, ValueError) as error:
            raise ExportError(f"{model_file}: TensorFlow cannot read it: {error}") from error

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Looks at images uint8 (B, S, S, 3), RGB."""
        found = self._serve(**{self.exported.input: tf.constant(images)})
        return {name: found[place].numpy() for name, place in self.exported.outputs.items()}
