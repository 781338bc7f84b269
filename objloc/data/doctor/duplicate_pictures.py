"""Check: is one photograph there several times, and worse, on both sides of a split?"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int8, Int64

from objloc.boxes import iou_matrix
from objloc.data.doctor.look_alikes import look_alikes
from objloc.data.doctor.picture_facts import PictureFacts
from objloc.data.files.annotations import SPLITS, Annotations
from objloc.data.files.finding import Finding

_SHOWN = 8


def duplicate_pictures(
    annotations: Annotations, splits: Int8[np.ndarray, " i"], pictures: PictureFacts
) -> Iterator[Finding]:
    """Warns of identical files, and of pictures that look alike, one finding a group.

    Args:
        annotations: the labels.
        splits: each picture's split, as training uses them.
        pictures: what the full reading has found.
    """
    identical = _identical(pictures)
    for members in _groups(identical):
        yield _finding(annotations, splits, members, near=False)
    readable = np.flatnonzero(pictures.readable)
    alike = np.arange(len(pictures))
    alike[readable] = readable[
        look_alikes(pictures.hashes[readable], pictures.thumbnails[readable])
    ]
    for members in _groups(alike):
        if len(np.unique(identical[members])) > 1:
            yield _finding(annotations, splits, members, near=True)


def _identical(pictures: PictureFacts) -> Int64[np.ndarray, " i"]:
    """For each picture the first one with the same bytes."""
    first: dict[bytes, int] = {}
    return np.array(
        [
            first.setdefault(digest, image) if digest else image
            for image, digest in enumerate(pictures.digests)
        ],
        np.int64,
    )


def _groups(first: Int64[np.ndarray, " i"]) -> Iterator[Int64[np.ndarray, " m"]]:
    """The members of each group of more than one."""
    order = np.argsort(first, kind="stable")
    edges = np.flatnonzero(np.diff(first[order])) + 1
    yield from (members for members in np.split(order, edges) if len(members) > 1)


def _finding(
    annotations: Annotations,
    splits: Int8[np.ndarray, " i"],
    members: Int64[np.ndarray, " m"],
    near: bool,
) -> Finding:
    names = [annotations.files[image] for image in members]
    others = ", ".join(names[1:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    used = sorted({int(split) for split in splits[members] if split >= 0})
    leaks = len(used) > 1
    message = f"{'looks like' if near else 'is the same picture as'} {others}"
    if leaks:
        sides = " and ".join(SPLITS[split] for split in used)
        message += f", but they are in {sides}: the numbers come out better than they are"
    elif used:
        message += f", all in {SPLITS[used[0]]}"
    way_out = "keep one of them, with the better boxes"
    if near:
        way_out = "look at them: keep one"
    if leaks:
        way_out += ", or put them all into one split"
        way_out += "" if near else " (dataset.splits=content does)"
    return Finding(
        "duplicate_across_splits"
        if leaks
        else ("near_duplicate_picture" if near else "duplicate_picture"),
        "warning",
        names[0],
        f"{message}; {_agreement(annotations, members)}",
        way_out,
        files=tuple(names[:_SHOWN]),
    )


def _agreement(annotations: Annotations, members: Int64[np.ndarray, " m"]) -> str:
    """How well the labels of the first picture and of the others agree, in words."""
    counts = np.diff(annotations.starts)[members]
    if not counts.any():
        return "none has objects"
    if (counts != counts[0]).any():
        listed = " and ".join(map(str, counts[:4])) + (" …" if len(counts) > 4 else "")
        return f"labelled with {listed} objects"
    ious = np.concatenate(
        [matched_ious(annotations, int(members[0]), int(other)) for other in members[1:]]
    )
    if ious.min() > 0.999:
        return "their boxes are the same"
    if len(ious) == 1:
        return f"their boxes have an IoU of {ious[0]:.3f}"
    return f"their boxes have IoUs of {ious.min():.3f} to {ious.max():.3f}"


def matched_ious(annotations: Annotations, a: int, b: int) -> np.ndarray:
    """IoU of each object of picture `a` with the one of picture `b` that it is matched to.

    The pair that overlaps most is matched first. Boxes are compared as shares of their pictures,
    which may differ in size.

    Returns:
        As many as the picture with more objects has; 0 for an object without a partner, or with
        one of another class.
    """
    boxes, labels = [], []
    for image in (a, b):
        rows = annotations.objects(image)
        height, width = np.maximum(annotations.sizes[image], 1)
        boxes.append(np.nan_to_num(annotations.boxes[rows] / [width, height, width, height]))
        labels.append(annotations.labels[rows])
    overlaps = iou_matrix(boxes[0], boxes[1])
    overlaps[labels[0][:, None] != labels[1][None]] = 0
    found = np.zeros(max(overlaps.shape))
    for number in range(min(overlaps.shape)):
        row, column = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        found[number] = max(0.0, overlaps[row, column])
        overlaps[row], overlaps[:, column] = -1, -1
    return found
