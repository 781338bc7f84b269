"""Predictions as JSON: everything that is known, one picture on a line."""

import json
from pathlib import Path
from typing import Any

from objloc import __version__
from objloc.data.files.printable import printable
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Entries, Facts, ResultWriter, Summary


class JsonFile(ResultWriter):
    """`predictions.json`; boxes are x1, y1, x2, y2 in pixels of the upright original.

    Read as float32, boxes and scores are the model's to the last bit.

    Args:
        folder: where the file goes.
        facts: what stands at its head.
    """

    def __init__(self, folder: Path, facts: Facts) -> None:
        self._class_names = facts.class_names
        self._file = (folder / "predictions.json").open("w", encoding="utf-8")
        head = {"objloc": __version__, **facts.as_dict()}
        for key, value in head.items():
            text = printable(value) if isinstance(value, str) else value
            self._file.write(f"{'{' if key == 'objloc' else ' '}{json.dumps(key)}: ")
            self._file.write(json.dumps(text, ensure_ascii=False) + ",\n")
        self._file.write(' "pictures": [')
        self._pictures = Entries(self._file)

    def add(self, picture: PredictedPicture) -> None:
        """Writes a picture with its detections."""
        ready = picture.picture
        entry: dict[str, Any] = {"file": printable(ready.name)}
        if ready.frame is not None:
            entry |= {"frame": ready.frame, "seconds": ready.seconds}
        height, width = ready.size
        entry |= {"width": width, "height": height}
        entry["detections"] = [
            {"label": self._class_names[label], "score": score, "box": box}
            for label, score, box in zip(
                picture.found.labels, picture.scores, picture.boxes.tolist(), strict=True
            )
        ]
        self._pictures.add([json.dumps(entry, ensure_ascii=False)])

    def end(self, summary: Summary) -> None:
        """Writes the pictures that could not be read."""
        self._file.write('\n],\n "skipped": [')
        skipped = Entries(self._file)
        for name, reason in summary.skipped:
            entry = {"file": printable(name), "reason": reason}
            skipped.add([json.dumps(entry, ensure_ascii=False)])
        self._file.write(f'\n],\n "complete": {json.dumps(summary.complete)}}}\n')
        self._file.close()
