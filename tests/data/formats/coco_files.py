"""COCO files as the tools that write them word them."""

import json
from pathlib import Path
from typing import Any

from objloc.data.files.annotations import Annotations
from objloc.data.formats import Coco
from tests.data.formats.label_files import assert_same_length, write_pictures

Entry = dict[str, Any]


def image(number: object, file_name: str, **more: object) -> Entry:
    """An entry of `images`, of a picture of 100 × 50."""
    return {"id": number, "file_name": file_name, "width": 100, "height": 50, **more}


def box(
    number: object, of_image: object, of_category: object, *bbox: object, **more: object
) -> Entry:
    """An entry of `annotations` with a box x, y, width, height."""
    return {
        "id": number,
        "image_id": of_image,
        "category_id": of_category,
        "bbox": list(bbox),
        **more,
    }


def category(number: object, name: str, parent: str = "") -> Entry:
    """An entry of `categories`."""
    return {"id": number, "name": name, "supercategory": parent}


def coco(images: list[Any], annotations: list[Any], categories: list[Any]) -> Entry:
    """The content of a COCO file."""
    return {
        "info": {"year": 2026},
        "licenses": [{"id": 1, "name": "", "url": ""}],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def small(*file_names: str) -> Entry:
    """Pictures with ids from 1, a cat of 10 × 5 px at (i, 0) in the i-th."""
    return coco(
        [image(i, name) for i, name in enumerate(file_names, start=1)],
        [box(10 * i, i, 3, i, 0, 10, 5) for i in range(1, len(file_names) + 1)],
        [category(3, "cat")],
    )


def write_coco(file: Path, content: object) -> Path:
    """Writes a file; returns it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


CATS_AND_DOGS = [category(1, "cat"), category(2, "dog")]


def read(folder: Path, content: object, **options: Any) -> Annotations:
    """What the format reads of a file with this content."""
    write_coco(folder / "labels.json", content)
    annotations = Coco(**options).read(folder)
    assert_same_length(annotations)
    return annotations


def of_one_picture(folder: Path, *annotations: object, **options: Any) -> Annotations:
    """What it reads of annotations of image 7, a cat or a dog each."""
    write_pictures(folder, "a.jpg")
    return read(folder, coco([image(7, "a.jpg")], list(annotations), CATS_AND_DOGS), **options)
