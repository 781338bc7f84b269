"""What `predict` leaves in a folder."""

import json
from pathlib import Path

ALL = {
    *("predictions.json", "predictions.csv", "coco_results.json", "coco_images.json"),
    *("label_studio.json", "label_studio.xml", "cvat.xml", "cvat_labels.json", "pictures"),
}


def results(folder: Path) -> dict:
    return json.loads((folder / "predictions.json").read_text("utf-8"))
