"""A labelled set with everything in it that formats disagree about, written by hand as COCO."""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = {3: "a dog & a <cat>", 0: "Größe \"quoted\" 'too'", 7: "never seen", 5: "日本"}
"""Category ids with holes and zero, in no order that sorting would make."""


def picture_bytes(kind: str, seed: int) -> bytes:
    """A picture file of 40 × 30 (as stored) whose bytes no encoder of ours would write again."""
    pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    file = BytesIO()
    if kind == "grey":
        picture.convert("L").save(file, "JPEG", quality=31)
    elif kind == "cmyk":
        picture.convert("CMYK").save(file, "JPEG", quality=47)
    elif kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned a quarter to the right: upright it is 30 wide, 40 high
        picture.save(file, "JPEG", quality=90, exif=exif)
    else:
        picture.save(file, kind, comment=b"kept")
    return file.getvalue()


@dataclass(frozen=True)
class Awkward:
    """One picture: split, id, name, kind, size as labelled, objects (category, xywh, crowd, …)."""

    split: str
    image_id: int
    name: str
    kind: str
    objects: tuple[dict[str, Any], ...] = ()
    width: int = 40
    height: int = 30


def _object(number: int, category: int, box: list[float], **more: Any) -> dict[str, Any]:
    entry = {"id": number, "category_id": category, "bbox": box, "iscrowd": 0}
    return {**entry, "area": box[2] * box[3], **more}


PICTURES = (
    Awkward(
        *("train", 12, "b (1) 50%.jpg", "JPEG"),
        (
            _object(0, 3, [0, 0, 40, 30]),  # all of the picture
            _object(907, 5, [0.1, 0.2, 33.3, 7.7], area=123.456),  # area of an outline
            _object(3, 0, [10, 10, 20, 20], iscrowd=1, area=77.5),
            _object(4, 5, [39, 29, 1, 1]),  # the last pixel
            _object(5, 5, [39, 29, 1, 1]),  # and once more
        ),
    ),
    Awkward("train", 0, "empty.png", "PNG"),
    Awkward("train", 99999999999, "größe ü.JPG", "grey", (_object(8, 3, [1 / 3, 2 / 3, 1e-5, 5]),)),
    Awkward("train", 5, "same.jpg", "cmyk", (_object(11, 0, [5, 6, 7, 8]),)),
    Awkward("train", 6, "same.png", "PNG", (_object(12, 3, [1, 2, 3, 4]),)),
    Awkward("train", 44, "classes.jpg", "JPEG", (_object(14, 3, [2.5, 2.5, 2.5, 2.5]),)),
    Awkward("val", 12, "same.jpg", "turned", (_object(0, 3, [1, 2, 10, 35]),), 30, 40),
    Awkward("val", 2, "100%25 1", "", (_object(2, 0, [0, 0, 4, 4], iscrowd=1),)),
    Awkward("test", 1, "a.b.c.webp", "WEBP", (_object(1, 5, [12.125, 0, 27.875, 30]),)),
    Awkward("test", 3, "photo 1.bmp", "BMP", (_object(2, 5, [4, 4, 4, 4]),)),
)


def write_coco(root: Path) -> Path:
    """Writes the set in COCO's own layout."""
    (root / "annotations").mkdir(parents=True)
    for split in ("train", "val", "test"):
        images, annotations = [], []
        folder = root / "images" / split
        folder.mkdir(parents=True)
        for number, one in enumerate(PICTURES):
            if one.split != split:
                continue
            name = one.name if one.kind else f"{one.name}.png"
            (folder / name).write_bytes(picture_bytes(one.kind or "PNG", number))
            images.append(
                {"id": one.image_id, "file_name": name, "width": one.width, "height": one.height}
            )
            annotations += [{**entry, "image_id": one.image_id} for entry in one.objects]
        content = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": i, "name": name} for i, name in CLASSES.items()],
        }
        file = root / "annotations" / f"instances_{split}.json"
        file.write_text(json.dumps(content), encoding="utf-8")
    return root
