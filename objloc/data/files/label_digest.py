"""A fingerprint of labels, splits and options."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int8

from objloc.data.files.annotations import Annotations


def label_digest(
    annotations: Annotations, splits: Int8[np.ndarray, " i"], options: Mapping[str, Any]
) -> str:
    """SHA-256 over what is learned from: it changes when and only when that does.

    Where the folder is has no part in it.

    Args:
        annotations: the labels as read.
        splits: of each picture.
        options: JSON-ready; what else decides about samples.
    """
    named = [options, list(annotations.class_names), list(annotations.files)]
    digest = hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode())
    columns = (
        *(annotations.sizes, splits, annotations.starts, annotations.boxes),
        *(annotations.labels, annotations.ignore, annotations.area),
    )
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
