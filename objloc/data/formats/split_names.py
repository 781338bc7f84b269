"""What training, validation and test are called in folders and lists."""

from objloc.data.dataset import SplitName
from objloc.data.files.annotations import NO_SPLIT, SPLITS

_NAMES: dict[str, SplitName] = {
    **{"train": "train", "training": "train"},
    **{"val": "val", "valid": "val", "validation": "val", "dev": "val"},
    **{"test": "test", "testing": "test"},
}


def split_of_name(name: str) -> int:
    """Index into `SPLITS` of a split's name in any case, `NO_SPLIT` for any other name."""
    split = _NAMES.get(name.lower())
    return NO_SPLIT if split is None else SPLITS.index(split)


def split_of_folder(folder: str) -> int:
    """The split that a folder's path names, `NO_SPLIT` where it names none.

    Args:
        folder: relative to the dataset's folder, with slashes: "train/images", "images/val".
    """
    for part in folder.split("/"):
        split = split_of_name(part)
        if split != NO_SPLIT:
            return split
    return NO_SPLIT
