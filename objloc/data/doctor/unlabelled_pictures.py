"""Check: do pictures lie beside the labelled ones that no label speaks of?"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.files.picture import SUFFIXES


def unlabelled_pictures(
    annotations: Annotations, told: Iterable[Finding] = ()
) -> Iterator[Finding]:
    """Warns of each picture in the labelled pictures' folders that is not in the set.

    No folder is searched that holds no labelled picture: there may be anything.

    Args:
        annotations: the labels.
        told: findings that say already why a picture is not in the set.
    """
    known = set(annotations.files)
    known.update(file for finding in told for file in (finding.file, *finding.files))
    for folder in sorted({PurePath(file).parent.as_posix() for file in annotations.files}):
        for name in _picture_names(annotations.root / folder):
            file = (PurePath(folder) / name).as_posix()
            if file not in known:
                yield Finding(
                    "picture_unlabelled",
                    "warning",
                    file,
                    "no label speaks of this picture: it is not part of the set",
                    "label it, as empty if there is nothing in it, or move it elsewhere",
                    files=(file,),
                )


def _picture_names(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:  # the folder itself is missing: its pictures are reported one by one
        return []
    return sorted(
        name
        for name in names
        if not name.startswith(".") and PurePath(name).suffix.lower() in SUFFIXES
    )
