"""The names of what becomes of objects and detections (told in `error_split`)."""

KINDS = (
    "right",
    "class_wrong",
    "centre_off",
    "size_off",
    "shape_off",
    "missed",
    "imagined",
    "duplicate",
)
"""The kinds of objects (the first six) and of detections that answer for none (the last two)."""

ERRORS = KINDS[1:]
"""All but "right"."""


def code(kind: str) -> int:
    """The index of a kind."""
    return KINDS.index(kind)
