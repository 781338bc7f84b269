"""Check: which pictures have no colour?"""

from collections.abc import Iterator

import numpy as np

from objloc.data.doctor.picture_facts import PictureFacts
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

_MOST = 0.5  # from this share on the set is grey, which is one note and not one for each picture


def greyscale(annotations: Annotations, pictures: PictureFacts) -> Iterator[Finding]:
    """A note for each grey picture, or one for the set if most are grey."""
    grey = [int(image) for image in np.flatnonzero(pictures.grey)]
    if len(grey) > _MOST * max(1, int(pictures.readable.sum())):
        files = tuple(annotations.files[image] for image in grey[:8])
        yield Finding(
            "greyscale_picture",
            "note",
            files[0],
            f"{len(grey)} of {len(pictures)} pictures have no colour, this is the first",
            "nothing to do; augmentation of colour is lost on them",
            files=files,
        )
        return
    for image in grey:
        mode = pictures.modes[image]
        stored = "stored as grey" if mode in ("L", "LA", "1") else f"stored as {mode}"
        file = annotations.files[image]
        yield Finding(
            "greyscale_picture",
            "note",
            file,
            f"has no colour ({stored}) among pictures that have",
            "nothing to do: it is read as RGB; leave it out if the model will only see colour",
            files=(file,),
        )
