"""Predictions as tasks for Label Studio, whose boxes a person then corrects."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import numpy as np

from objloc.data.writers.numbers import without_noise
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Entries, Facts, ResultWriter, Summary


class LabelStudio(ResultWriter):
    """`label_studio.json`, tasks to import, and `label_studio.xml`, the labeling interface.

    The form is Label Studio's "pre-annotated tasks": boxes in percent of the picture, as it is
    shown upright. A picture without detections (whose boxes have an
    area) is a task without a prediction. A prediction's
    score is that of its least sure detection: sorted by it, tasks that need a look come first.

    Args:
        folder: where the files go.
        facts: the class names; the model, which becomes the tasks' `model_version`.
        prefix: stands before each picture's path, which is percent-encoded. None for the address
            at which Label Studio serves local files, its document root being the folder that
            holds the source's folder.
        from_name: the name of the RectangleLabels tag.
        to_name: the name of the Image tag.
        data_key: the task's key for the picture's address.
    """

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        *,
        prefix: str | None = None,
        from_name: str = "label",
        to_name: str = "image",
        data_key: str = "image",
    ) -> None:
        self._class_names = facts.class_names
        self._version = facts.run_id or facts.model
        self._from_name, self._to_name, self._data_key = from_name, to_name, data_key
        if prefix is None:
            name = quote(os.fsencode(facts.root.name)) + "/" if facts.root is not None else ""
            prefix = f"/data/local-files/?d={name}"
        self._prefix = prefix
        interface = _interface(facts.class_names, from_name, to_name, data_key)
        (folder / "label_studio.xml").write_text(interface, encoding="utf-8")
        self._file = (folder / "label_studio.json").open("w", encoding="utf-8")
        self._file.write("[")
        self._tasks = Entries(self._file)

    def add(self, picture: PredictedPicture) -> None:
        """Writes a task."""
        address = self._prefix + quote(os.fsencode(picture.picture.name))
        task = {
            "data": {self._data_key: address},
            "predictions": [self._prediction(picture)] if picture.solid else [],
        }
        self._tasks.add([json.dumps(task, ensure_ascii=False)])

    def end(self, summary: Summary) -> None:
        """Ends the list."""
        self._file.write("\n]\n")
        self._file.close()

    def _prediction(self, picture: PredictedPicture) -> dict[str, object]:
        height, width = picture.picture.size
        percent = np.array([width, height, width, height], np.float64) / 100

        def pixels(values: np.ndarray) -> np.ndarray:
            corner = values[:, :2] * percent[:2]
            return np.concatenate([corner, corner + values[:, 2:] * percent[2:]], axis=1)

        boxes = picture.boxes
        exact = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1) / percent
        values = without_noise(exact, 9, pixels, boxes).tolist()
        scores = picture.scores
        regions = [
            {
                # Unique in the whole file, as Label Studio wants it.
                "id": f"{picture.number}-{row}",
                "type": "rectanglelabels",
                "from_name": self._from_name,
                "to_name": self._to_name,
                "original_width": width,
                "original_height": height,
                "image_rotation": 0,
                "score": scores[row],
                "value": {
                    **dict(zip(("x", "y", "width", "height"), values[row], strict=True)),
                    "rotation": 0,
                    "rectanglelabels": [self._class_names[picture.found.labels[row]]],
                },
            }
            for row in picture.solid
        ]
        return {
            "model_version": self._version,
            "score": min(scores[row] for row in picture.solid),
            "result": regions,
        }


def _interface(class_names: Sequence[str], from_name: str, to_name: str, data_key: str) -> str:
    """The labeling interface that the tasks fit, as Label Studio's settings take it."""
    labels = "\n".join(f"    <Label value={quoteattr(name)}/>" for name in class_names)
    return (
        "<View>\n"
        f"  <Image name={quoteattr(to_name)} value={quoteattr('$' + data_key)}/>\n"
        f"  <RectangleLabels name={quoteattr(from_name)} toName={quoteattr(to_name)}>\n"
        f"{labels}\n"
        "  </RectangleLabels>\n"
        "</View>\n"
    )
