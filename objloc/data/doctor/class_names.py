"""Check: does every class have one name, and every name objects?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Int8

from objloc.data.files.annotations import SPLITS, Annotations
from objloc.data.files.finding import Finding


def class_names(
    annotations: Annotations, splits: Int8[np.ndarray, " i"], told: Iterable[Finding] = ()
) -> Iterator[Finding]:
    """Warns of names that differ in case or blanks alone, and of classes nobody learns.

    Args:
        annotations: the labels.
        splits: each picture's split, as training uses them.
        told: findings; names that one of them says are alike are not told of again.
    """
    file = _file(annotations)
    alike = [finding.message for finding in told if finding.kind == "class_duplicate"]
    known = defaultdict(list)
    for name in annotations.class_names:
        known["".join(name.casefold().replace("_", " ").replace("-", " ").split())].append(name)
    for names in known.values():
        if len(names) > 1 and not any(
            all(repr(name) in message for name in names) for message in alike
        ):
            listed = " and ".join(f"'{name}'" for name in names)
            yield Finding(
                "class_duplicate",
                "warning",
                file,
                f"the classes {listed} differ in case, blanks or hyphens alone",
                "give them one name in the labels",
            )
    yield from _unused(annotations, splits, file)


def _unused(
    annotations: Annotations, splits: Int8[np.ndarray, " i"], file: str
) -> Iterator[Finding]:
    split_of_object = splits[annotations.image_of_object()]
    counts = {
        split: np.bincount(
            annotations.labels[split_of_object == number], minlength=len(annotations.class_names)
        )
        for number, split in enumerate(SPLITS)
    }
    total = np.bincount(annotations.labels, minlength=len(annotations.class_names))
    for label, name in enumerate(annotations.class_names):
        if not total[label]:
            yield Finding(
                "class_unused",
                "warning",
                file,
                f"class '{name}' has no object: the model would keep an output for nothing",
                "take it out of the classes, or set dataset.classes to those that are wanted",
            )
        elif counts["train"].any() and not counts["train"][label]:
            yield Finding(
                "class_unused",
                "warning",
                file,
                f"class '{name}' has {total[label]} objects, none of them in the training split: "
                "it cannot be learned",
                "label some for training, or divide the pictures anew (dataset.splits=content)",
            )


def _file(annotations: Annotations) -> str:
    """Where classes are named: the one label file that there is, or the folder."""
    files = set(annotations.label_files)
    return files.pop() if len(files) == 1 else "."
