"""How well people agree: photographs that are in the dataset twice, drawn by hand each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objloc import boxes as box_geometry
from objloc.data.files.annotations import Annotations
from objloc.data.files.content_digest import content_digests
from objloc.data.formats import Voc


@dataclass(frozen=True)
class Pair:
    """Two files with the same content and one box each.

    Attributes:
        files: their names.
        iou: of the two boxes.
    """

    files: tuple[str, str]
    iou: float


def read_labels(root: Path) -> tuple[Annotations, dict[str, str]]:
    """The labels, and for each picture file the SHA-256 of what is in it."""
    table = Voc().read(root)
    digests = content_digests([table.path(image) for image in range(len(table))])
    return table, {
        file: digest.hex() for file, digest in zip(table.files, digests, strict=True) if digest
    }


def annotator_pairs(table: Annotations, copies: dict[str, str]) -> Sequence[Pair]:
    """Every picture that is there twice, by rising agreement."""
    by_content: dict[str, list[int]] = {}
    for image, file in enumerate(table.files):
        by_content.setdefault(copies[file], []).append(image)
    pairs = []
    for images in by_content.values():
        if len(images) == 2:
            one, other = (table.boxes[table.objects(image)] for image in images)
            overlap = box_geometry.iou_matrix(one, other)
            files = tuple(Path(table.files[image]).name for image in images)
            pairs.append(Pair((files[0], files[1]), float(overlap.max())))
    return sorted(pairs, key=lambda pair: pair.iou)
