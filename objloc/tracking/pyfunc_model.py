"""The MLflow model: MLflow runs this file as a script to get a model that it can serve.

It travels with every logged model, beside a copy of objloc's code.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class LocalizerModel(PythonModel):
    """Pictures in; boxes in the pictures' own pixels, labels and scores out."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the localizer that was logged along.

        Raises:
            TrackingError: the model's files are not those that were logged.
        """
        from objloc.evaluation import Predictor
        from objloc.models import KerasEngine
        from objloc.tracking.model_files import check_files
        from objloc.tracking.stored_localizer import read_localizer

        file = Path(context.artifacts["localizer"])
        check_files(file)
        facts = json.loads(Path(context.artifacts["facts"]).read_text(encoding="utf-8"))
        self.score_threshold = float(facts["score_threshold"])
        localizer = read_localizer(file, facts["own_modules"])
        self.predictor = Predictor(KerasEngine(localizer))

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> dict[str, np.ndarray]:
        """Detections of pictures of one size, at any size, best first.

        Args:
            context: unused; MLflow passes it.
            model_input: uint8 (B, H, W, 3), RGB.
            params: `score_threshold` to use in place of the model's own.

        Returns:
            `boxes` float32 (B, D, 4) xyxy in pixels of the pictures, `labels` int32 (B, D) into
            the class names, `scores` float32 (B, D); where fewer than D objects are seen, the rest
            is label -1, score 0 and an empty box.
        """
        threshold = (params or {}).get("score_threshold")
        threshold = self.score_threshold if threshold is None else float(threshold)
        found = self.predictor.predict_images(list(model_input))
        kept = [one.over(threshold) for one in found]
        most = max([1, *(len(one) for one in kept)])
        answer = {
            "boxes": np.zeros((len(kept), most, 4), np.float32),
            "labels": np.full((len(kept), most), -1, np.int32),
            "scores": np.zeros((len(kept), most), np.float32),
        }
        for row, one in enumerate(kept):
            answer["boxes"][row, : len(one)] = one.boxes
            answer["labels"][row, : len(one)] = one.labels
            answer["scores"][row, : len(one)] = one.scores
        return answer


mlflow.models.set_model(LocalizerModel())
