"""What the kinds of findings are called for people."""

TITLES = {
    "picture_missing": "Pictures that are not there",
    "picture_unreadable": "Files that are no pictures",
    "picture_truncated": "Pictures that are cut off or damaged",
    "picture_unlabelled": "Pictures without a label",
    "label_without_picture": "Labels without a picture",
    "label_unreadable": "Labels that cannot be read",
    "size_mismatch": "Labels of another picture size",
    "box_not_a_number": "Boxes that are no numbers",
    "box_inverted": "Boxes inside out",
    "box_empty": "Boxes without an area",
    "box_outside": "Boxes outside their picture",
    "box_normalised": "Boxes in the wrong unit",
    "box_swapped": "Boxes in the wrong order of numbers",
    "class_unknown": "Classes that are not in the list",
    "class_unused": "Classes that cannot be learned",
    "class_duplicate": "Classes with two names",
    "id_duplicate": "Things listed twice",
    "duplicate_picture": "The same picture again",
    "near_duplicate_picture": "Pictures that look alike",
    "duplicate_across_splits": "Leaks between the splits",
    "duplicate_box": "The same box again",
    "class_imbalance": "Rare classes",
    "object_small": "Small objects",
    "object_lost": "Objects that training would not see",
    "greyscale_picture": "Pictures without colour",
    "exif_rotated": "Pictures turned by EXIF",
    "path_foreign": "Paths of another machine",
}


def title(kind: str) -> str:
    """A heading for a kind of finding."""
    return TITLES.get(kind) or kind.replace("_", " ").capitalize()
