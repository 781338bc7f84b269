"""Makes a dataset of COCO's size: a label file as large as COCO's, and pictures for it.

The pictures are links to a few thousand different files, small ones: what is measured is the
number of pictures and boxes, not the decoding of large JPEGs.
"""

import json
import mmap
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = 80
HEIGHT, WIDTH = 120, 160
_BIN = 1000  # entries that are made at a time


@dataclass(frozen=True)
class Size:
    """How large a dataset is.

    Attributes:
        pictures: of the training split.
        boxes: on them.
        files: different picture files.
        others: pictures of validation and of test, each with one box.
    """

    pictures: int = 118_000
    boxes: int = 860_000
    files: int = 4_000
    others: int = 200


def make_set(folder: Path, size: Size) -> None:
    """Writes `annotations/instances_{train,val,test}2017.json` and the pictures.

    `outlines.json` is the training file again, with outlines of twenty points, which make COCO's
    own file three times as large; `faulty.json` is that with one coordinate that is NaN.
    """
    originals = folder / "originals"
    originals.mkdir(parents=True)
    for number in range(size.files):
        _write_picture(originals / f"{number:05}.jpg", number)
    (folder / "annotations").mkdir()
    counts = {
        **{"train2017": (size.pictures, size.boxes)},
        **dict.fromkeys(("val2017", "test2017"), (size.others, size.others)),
    }
    for name, (pictures, boxes) in counts.items():
        (folder / name).mkdir()
        for number in range(pictures):
            # Hard links: some systems have no more than 65,000 of them to a file.
            os.link(
                originals / f"{number % size.files:05}.jpg", folder / name / f"{number:012}.jpg"
            )
        file = folder / "annotations" / f"instances_{name}.json"
        write_labels(file, pictures, boxes, name=name)
    outlines = folder / "outlines.json"
    write_labels(outlines, size.pictures, size.boxes, name="train2017", outlines=True)
    with outlines.open("rb") as source, (folder / "faulty.json").open("wb") as target:
        shutil.copyfileobj(source, target)
    _spoil(folder / "faulty.json")


def write_labels(
    file: Path, pictures: int, boxes: int, *, name: str, outlines: bool = False
) -> None:
    """Writes a COCO file with the keys that COCO's own has, entry by entry.

    Args:
        file: the file.
        pictures: entries of `images`.
        boxes: entries of `annotations`, spread over the pictures at random.
        name: folder of the pictures in addresses.
        outlines: with an outline of twenty points each; else with an empty one.
    """
    rng = np.random.default_rng(0)
    with file.open("w", encoding="utf-8") as out:
        out.write('{"info": {"description": "made up"}, "licenses": [], "images": [')
        _write_entries(out, (_image(number, name) for number in range(pictures)))
        out.write('], "annotations": [')
        _write_entries(out, _annotations(rng, pictures, boxes, outlines=outlines))
        categories = [
            {"supercategory": "thing", "id": number, "name": f"class {number}"}
            for number in range(1, CLASSES + 1)
        ]
        out.write(f'], "categories": {json.dumps(categories)}}}')


def _spoil(file: Path) -> None:
    """Writes NaN over the first number of the last box."""
    key = b'"bbox": ['
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as content:
        place = content.rfind(key) + len(key)
        comma = content.find(b",", place)
        content[place:comma] = b"NaN".ljust(comma - place)


def _write_entries(out: Any, entries: Iterator[dict[str, Any]]) -> None:
    for number, entry in enumerate(entries):
        out.write(f"{', ' if number else ''}{json.dumps(entry)}")


def _image(number: int, name: str) -> dict[str, Any]:
    return {
        "license": 3,
        "file_name": f"{number:012}.jpg",
        "coco_url": f"http://images.example/{name}/{number:012}.jpg",
        "height": HEIGHT,
        "width": WIDTH,
        "date_captured": "2013-11-14 11:18:45",
        "flickr_url": f"http://farm9.example/8186/{number:012}_4e622c8349_z.jpg",
        "id": number,
    }


def _annotations(
    rng: np.random.Generator, pictures: int, boxes: int, *, outlines: bool
) -> Iterator[dict[str, Any]]:
    for first in range(0, boxes, _BIN):
        count = min(_BIN, boxes - first)
        of = rng.integers(0, pictures, count)
        category = rng.integers(1, CLASSES + 1, count)
        sides = rng.uniform(5, 60, (count, 2)).round(2)
        corners = (rng.uniform(0, 1, (count, 2)) * ([WIDTH, HEIGHT] - sides)).round(2)
        points = rng.uniform(0, HEIGHT, (count, 40)).round(2) if outlines else None
        for row in range(count):
            width, height = sides[row].tolist()
            yield {
                "segmentation": [] if points is None else [points[row].tolist()],
                "area": round(width * height * 0.7, 4),
                "iscrowd": 0,
                "image_id": int(of[row]),
                "bbox": [*corners[row].tolist(), width, height],
                "category_id": int(category[row]),
                "id": first + row,
            }


def _write_picture(path: Path, number: int) -> None:
    """A picture of its own: coarse noise, which is a JPEG of a few kilobytes."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
    picture = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    picture.save(path, quality=85)
