"""Which labelled pictures and boxes can be trained on, and what is wrong with the others."""

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

_ABOUT_PICTURES = frozenset({"label_unreadable", "label_without_picture", "size_mismatch"})


@dataclass(frozen=True)
class Usable:
    """What is left when faulty pictures and boxes are taken away.

    Attributes:
        pictures: (I,) which can be used.
        objects: (N,) which can be used; all of them are on usable pictures.
        clipped: objects among them that reach out of their picture.
        lost: objects of usable pictures that are not among them because they are faulty.
        findings: everything that was found.
        errors: those among the findings that concern what is asked for: the classes in use.
    """

    pictures: Bool[np.ndarray, " i"]
    objects: Bool[np.ndarray, " n"]
    clipped: int
    lost: int
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
        read = [f for f in self.errors if f.kind not in _KINDS_COUNTED_HERE]
        return {
            "pictures": int((~self.pictures).sum()) + sum(map(_about_picture, read)),
            "boxes": self.lost + sum(not _about_picture(f) for f in read),
            "clipped_boxes": self.clipped,
        }

    def left_out_text(self) -> str:
        """The same in words; "" where nothing was."""
        counts = self.left_out()
        parts = []
        if counts["boxes"] or counts["pictures"]:
            parts.append(f"left out {counts['boxes']} boxes and {counts['pictures']} pictures")
        if counts["clipped_boxes"]:
            parts.append(f"clipped {counts['clipped_boxes']} boxes to their pictures")
        return ", ".join(parts)


_KINDS_COUNTED_HERE = frozenset(
    {
        *("box_not_a_number", "box_inverted", "box_empty", "box_outside"),
        *("picture_missing", "picture_unreadable", "picture_truncated", "size_mismatch"),
    }
)


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
    from_reader = annotations.findings
    known = {(f.kind, f.file, f.where) for f in from_reader}
    from_pictures = () if pictures is None else pictures.findings

    def new(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Without what the reader has told already."""
        return tuple(f for f in findings if (f.kind, f.file, f.where) not in known)

    from_boxes = new(box_findings(annotations, codes, sizes))
    of_used = from_boxes
    if not used.all():
        of_used = new(box_findings(annotations, np.where(used, codes, FINE), sizes))
    return Usable(
        pictures=looked_at,
        objects=on_usable & fit,
        clipped=int((on_usable & fit & (codes == OUTSIDE)).sum()),
        lost=int((on_usable & ~fit).sum()),
        findings=(*from_reader, *new(from_pictures), *from_boxes),
        errors=tuple(
            f for f in (*from_reader, *new(from_pictures), *of_used) if f.severity == "error"
        ),
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


def _about_picture(finding: Finding) -> bool:
    return finding.kind.startswith("picture_") or finding.kind in _ABOUT_PICTURES
