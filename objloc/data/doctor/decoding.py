"""Check: can every picture be read to its last pixel?"""

from collections.abc import Iterator

from objloc.data.doctor.picture_facts import PictureFacts
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

_WAYS_OUT = {
    "picture_missing": "put the file there, or take its entry out of {label_file}",
    "picture_unreadable": "replace the file, or set dataset.invalid_pictures=skip",
    "picture_truncated": "fetch the file again, or set dataset.invalid_pictures=skip",
}


def decoding(annotations: Annotations, pictures: PictureFacts) -> Iterator[Finding]:
    """An error for each picture that is missing, is no picture, or ends early."""
    for image, problem in sorted(pictures.problems.items()):
        way_out = _WAYS_OUT[problem.kind].format(label_file=annotations.label_files[image])
        file = annotations.files[image]
        # No thumbnail: there is nothing to be shown.
        yield Finding(problem.kind, "error", file, problem.reason, way_out)
