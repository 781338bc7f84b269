"""Predictions as COCO results, the list that pycocotools' `loadRes` takes."""

import json
from pathlib import Path

import numpy as np

from objloc.data.files.printable import printable
from objloc.data.writers.numbers import without_noise
from objloc.evaluation.predicted.coco_ids import CocoIds
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Entries, Facts, ResultWriter, Summary


class CocoResults(ResultWriter):
    """`coco_results.json`, boxes as x, y, width, height; and `coco_images.json` where needed.

    Without given ids images are numbered from 1 in the source's order and classes from 1, and
    `coco_images.json` is the COCO file (without annotations) that says which is which.

    Args:
        folder: where the files go.
        facts: the class names.
        ids: those of an existing COCO file; None to give ids.

    Attributes:
        unnamed: how many pictures the existing file doesn't have: they are in no result.
    """

    def __init__(self, folder: Path, facts: Facts, ids: CocoIds | None = None) -> None:
        self._ids = ids
        self.unnamed = 0
        self._categories = tuple(range(1, len(facts.class_names) + 1))
        self._class_names = facts.class_names
        self._file = (folder / "coco_results.json").open("w", encoding="utf-8")
        self._file.write("[")
        self._results = Entries(self._file)
        self._images_file = None
        if ids is not None:
            self._categories = ids.categories
            return
        self._images_file = (folder / "coco_images.json").open("w", encoding="utf-8")
        self._images_file.write('{"images": [')
        self._images = Entries(self._images_file)

    def add(self, picture: PredictedPicture) -> None:
        """Writes a picture's detections, and the picture where it gets its id here."""
        if self._ids is not None:
            found = self._ids.image(picture.picture.name)
            if found is None:
                self.unnamed += 1
                return
            image_id = found
        else:
            image_id = picture.number + 1
            height, width = picture.picture.size
            name = printable(picture.picture.name)
            entry = {"id": image_id, "file_name": name, "width": width, "height": height}
            self._images.add([json.dumps(entry, ensure_ascii=False)])
        boxes = picture.boxes
        sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
        sides = without_noise(sides, 9, _corners, boxes)
        self._results.add(
            json.dumps(
                {
                    "image_id": image_id,
                    "category_id": self._categories[label],
                    "bbox": bbox,
                    "score": score,
                }
            )
            for label, bbox, score in zip(
                picture.found.labels, sides.tolist(), picture.scores, strict=True
            )
        )

    def end(self, summary: Summary) -> None:
        """Ends the lists."""
        self._file.write("\n]\n")
        self._file.close()
        if self._images_file is None:
            return
        categories = [
            {"id": number, "name": name}
            for number, name in zip(self._categories, self._class_names, strict=True)
        ]
        text = json.dumps(categories, ensure_ascii=False)
        self._images_file.write(f'\n],\n"annotations": [],\n"categories": {text}}}\n')
        self._images_file.close()


def _corners(sides: np.ndarray) -> np.ndarray:
    return np.concatenate([sides[:, :2], sides[:, :2] + sides[:, 2:]], axis=1)
