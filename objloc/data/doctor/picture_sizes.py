"""Check: does the label speak of a picture of this size, and in which coordinates?"""

from collections.abc import Iterator

import numpy as np

from objloc.data.doctor.picture_facts import PictureFacts
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding


def picture_sizes(annotations: Annotations, pictures: PictureFacts) -> Iterator[Finding]:
    """An error where the label's size is not the picture's, a note where EXIF turns the picture.

    A label of a turned picture may speak of the pixels as stored or as seen: its size tells which,
    and the boxes are turned accordingly when they are read.
    """
    stated = annotations.sizes
    known = (pictures.sizes > 0).all(axis=1) & (stated > 0).all(axis=1)
    upright = (stated == pictures.sizes).all(axis=1)
    stored = (stated == pictures.stored_sizes).all(axis=1)
    for image in np.flatnonzero(known & ~upright & ~stored):
        yield _mismatch(annotations, pictures, int(image))
    for image in np.flatnonzero(pictures.orientations > 1):
        yield _turned(annotations, pictures, int(image))


def _mismatch(annotations: Annotations, pictures: PictureFacts, image: int) -> Finding:
    height, width = (int(side) for side in pictures.sizes[image])
    label_height, label_width = (int(side) for side in annotations.sizes[image])
    exchanged = (label_height, label_width) == (width, height)
    hint = ", width and height exchanged" if exchanged else ""
    if not exchanged and abs(label_width * height - label_height * width) <= max(height, width):
        hint = f", the same shape: labelled at {label_width / width:.3g} times the size?"
    file = annotations.files[image]
    return Finding(
        "size_mismatch",
        "error",
        annotations.label_files[image],
        f"the label says {label_width}×{label_height} px, {file} has {width}×{height}{hint}",
        "put the picture that was labelled in its place, or correct the size and the boxes",
        files=(file,),
    )


def _turned(annotations: Annotations, pictures: PictureFacts, image: int) -> Finding:
    stated = annotations.sizes[image]
    sizes = pictures.sizes[image], pictures.stored_sizes[image]
    is_upright, is_stored = (bool((stated == size).all()) for size in sizes)
    if is_upright and is_stored:
        coordinates = "the label's size fits both ways, its boxes are taken as seen upright"
    elif is_upright:
        coordinates = "the label's size says that its boxes are of the upright picture"
    elif is_stored:
        coordinates = "the label's size says that its boxes are of the stored pixels: they turn too"
    else:
        coordinates = "the label's size fits neither way"
    file = annotations.files[image]
    orientation = int(pictures.orientations[image])
    return Finding(
        "exif_rotated",
        "note",
        file,
        f"EXIF orientation {orientation}: shown turned or mirrored against how it is stored; "
        f"{coordinates}",
        "look at the thumbnail: nothing to do if the box is in its place",
        files=(file,),
    )
