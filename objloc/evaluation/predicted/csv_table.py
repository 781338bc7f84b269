"""Predictions as a table: one row a detection, and one for each picture without any."""

import csv
from pathlib import Path

from objloc.data.files.printable import printable
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Facts, ResultWriter, Summary

COLUMNS = (
    *("file", "frame", "seconds", "width", "height"),
    *("label", "score", "x1", "y1", "x2", "y2"),
)


class CsvTable(ResultWriter):
    """`predictions.csv`; a picture without detections has a row that ends in empty cells.

    Args:
        folder: where the file goes.
        facts: the class names.
    """

    def __init__(self, folder: Path, facts: Facts) -> None:
        self._class_names = facts.class_names
        self._file = (folder / "predictions.csv").open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(COLUMNS)

    def add(self, picture: PredictedPicture) -> None:
        """Writes a picture's rows."""
        ready = picture.picture
        height, width = ready.size
        start = (printable(ready.name), ready.frame, ready.seconds, width, height)
        if not len(picture.found):
            self._rows.writerow((*start, *[""] * 6))
        for label, score, box in zip(
            picture.found.labels, picture.scores, picture.boxes.tolist(), strict=True
        ):
            self._rows.writerow((*start, self._class_names[label], score, *box))

    def end(self, summary: Summary) -> None:
        """Closes the file."""
        self._file.close()
