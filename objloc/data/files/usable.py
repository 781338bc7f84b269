"""Which labelled pictures and boxes can be trained on, and what is wrong with the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32

from objloc.data.files.annotations import Annotations
from objloc.data.files.box_check import (
    FINE,
    OUTSIDE,
    box_findings,
    check_boxes,
    survives_clipping,
)
from objloc.data.files.finding import Finding
from objloc.data.files.picture_check import PictureCheck

_ABOUT_PICTURES = frozenset({"label_without_picture", "size_mismatch"})
_ABOUT_EITHER = frozenset({"label_unreadable", "id_duplicate"})  # the place tells
_SHOWN = 10
"""Findings that an error lists; the rest is the doctor's."""


@dataclass(frozen=True)
class Usable:
    """What is left when faulty pictures and boxes are taken away.

    Attributes:
        pictures: (I,) which can be used.
        objects: (N,) which can be used; all of them are on usable pictures.
        clipped: objects among them that reach out of their picture.
        lost: objects of usable pictures that are not among them because they are faulty.
        unread: what the reader found and could not bring into the table.
        findings: everything that was found.
        errors: those among the findings that concern what is asked for: the classes in use.
    """

    pictures: Bool[np.ndarray, " i"]
    objects: Bool[np.ndarray, " n"]
    clipped: int
    lost: int
    unread: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    errors: tuple[Finding, ...]

    def blocking(self, *, boxes: bool, pictures: bool) -> tuple[Finding, ...]:
        """The errors that training must stop at.

        Args:
            boxes: faulty boxes are to be stopped at.
            pictures: faulty pictures are.
        """
        return tuple(f for f in self.errors if (pictures if _about_picture(f) else boxes))

    def left_out(self) -> dict[str, int]:
        """Numbers of pictures and boxes that were left out, and of boxes that were clipped.

        What the reader could not read counts, too.
        """
        unread_pictures = sum(map(_about_picture, self.unread))
        return {
            "pictures": int((~self.pictures).sum()) + unread_pictures,
            "boxes": self.lost + len(self.unread) - unread_pictures,
            "clipped_boxes": self.clipped,
        }

    def left_out_text(self) -> str:
        """The same in words; "" where nothing was."""
        counts = self.left_out()
        parts = []
        if counts["boxes"] or counts["pictures"]:
            boxes, pictures = (
                counted(counts["boxes"], "box"),
                counted(counts["pictures"], "picture"),
            )
            parts.append(f"left out {boxes} and {pictures}")
        if counts["clipped_boxes"]:
            parts.append(f"clipped {counted(counts['clipped_boxes'], 'box')} to the picture")
        return ", ".join(parts)


def counted(number: int, noun: str) -> str:
    """A number of things in words: 1 box, 2 boxes, 1,000 pictures."""
    if number != 1:
        noun += "es" if noun.endswith("x") else "s"
    return f"{number:,} {noun}"


def listed(findings: Sequence[Finding]) -> str:
    """The first findings, a line each, and how many more there are."""
    lines = [f"  {finding}" for finding in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        lines.append(f"  … and {len(findings) - _SHOWN} more")
    return "\n".join(lines)


def judge(
    annotations: Annotations,
    pictures: PictureCheck | None,
    *,
    used: Bool[np.ndarray, " n"],
    clip: bool,
) -> Usable:
    """Checks boxes against pictures.

    Args:
        annotations: the labels.
        pictures: what is known of the pictures; None if nobody looked.
        used: which objects are of a class that is in use.
        clip: boxes that reach out of their picture are kept, to be clipped.
    """
    sizes = frame_sizes(annotations, pictures)
    image_of = annotations.image_of_object()
    codes = check_boxes(annotations.boxes, sizes[image_of])
    looked_at = np.ones(len(annotations), bool) if pictures is None else pictures.usable
    on_usable = looked_at[image_of] & used
    fit = survives_clipping(codes) if clip else codes == FINE
    of_pictures = () if pictures is None else pictures.findings
    of_boxes = box_findings(annotations, codes, sizes)
    of_used = of_boxes
    if not used.all():
        of_used = box_findings(annotations, np.where(used, codes, FINE).astype(np.int8), sizes)
    seen_here = set(map(_key, (*of_pictures, *of_boxes)))
    of_reader = tuple(f for f in annotations.findings if _key(f) not in seen_here)
    unread = tuple(f for f in of_reader if f.severity == "error")
    return Usable(
        pictures=looked_at,
        objects=on_usable & fit,
        clipped=int((on_usable & fit & (codes == OUTSIDE)).sum()),
        lost=int((on_usable & ~fit).sum()),
        unread=unread,
        findings=(*of_reader, *of_pictures, *of_boxes),
        errors=(*unread, *of_pictures, *of_used),
    )


def frame_sizes(
    annotations: Annotations, pictures: PictureCheck | None
) -> Int32[np.ndarray, "i 2"]:
    """Height and width of the picture that each label's boxes must fit into; 0 where unknown.

    That is the real picture, turned as the label sees it, where it could be read; else what the
    label says.
    """
    if pictures is None:
        return annotations.sizes
    turned = pictures.turned(annotations.sizes)
    real = np.where(turned[:, None], pictures.stored_sizes, pictures.sizes)
    return np.where(real > 0, real, annotations.sizes).astype(np.int32)


def _key(finding: Finding) -> tuple[str, str, str]:
    """What a reader and a check may both tell of."""
    return finding.kind, finding.file, finding.where


def _about_picture(finding: Finding) -> bool:
    """Whether a finding concerns a picture with all its objects, and not a single one of them."""
    if finding.kind in _ABOUT_EITHER:
        return not finding.where or finding.where.startswith("image")
    return finding.kind.startswith("picture_") or finding.kind in _ABOUT_PICTURES
