"""Reads `objloc.json`: what a converted set's label files cannot say, kept beside them.

Each format lacks something (YOLO: ignored objects, areas, ids; VOC: areas, ids, the order of
classes). The converter puts it into one more file that other tools pass over, and the readers
merge it in here. The label files stay the truth: an object that was moved, renamed, added or
deleted in them since is taken as they say.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

SIDECAR = "objloc.json"
VERSION = 1
COLUMNS = ("class", "x1", "y1", "x2", "y2", "ignore", "area", "id", "in_label_file")
"""Of an object in the file. `ignore` is null where the label file itself says it; `id` is null
where there is none. Not in YOLO's label files are ignored objects, which would be objects like any
other there, and those that are there twice, which readers leave out."""

_CLOSE = (
    1e-6  # pixels, and of the coordinate: what writing and reading may change, and no hand does
)

_PAIRS = 1 << 16
"""Boxes that are compared with each other at a time."""

_DAMAGED = (
    *(OSError, ValueError, TypeError, LookupError),
    *(AttributeError, OverflowError, RecursionError),
)
"""What reading something else than what was written here brings up."""


@dataclass(frozen=True)
class _Extra:
    """The sidecar's objects of one picture, as columns."""

    labels: Int64[np.ndarray, " k"]
    boxes: Float64[np.ndarray, "k 4"]
    ignore: Int64[np.ndarray, " k"]  # -1: the label file says it
    area: Float64[np.ndarray, " k"]
    ids: Int64[np.ndarray, " k"]  # -1: none
    written: Bool[np.ndarray, " k"]


def with_sidecar(annotations: Annotations, *, order_classes: bool = False) -> Annotations:
    """What the label files say, completed by the sidecar in the set's folder if there is one.

    Args:
        annotations: as read from the label files.
        order_classes: bring the classes into the sidecar's order, for a format that has none;
            classes that only the sidecar knows (no object has them) are added.
    """
    file = annotations.root / SIDECAR
    if not file.is_file():
        return annotations
    try:
        content = json.loads(file.read_bytes())
        if content["objloc"] != VERSION:
            raise ValueError(f"version {content['objloc']}, this objloc reads {VERSION}")
        names = [str(name) for name in content["class_names"]]
        if order_classes:
            annotations = _with_class_order(annotations, names)
        annotations = _with_class_ids(annotations, names, content["class_ids"])
        return _with_pictures(annotations, names, content["pictures"])
    except _DAMAGED as error:
        return replace(annotations, findings=(*annotations.findings, _unreadable(error)))


def _with_class_order(annotations: Annotations, names: list[str]) -> Annotations:
    # Readers take the blanks around a name for an accident; here they are known to be none.
    exact = {name.strip(): name for name in names}
    own = [exact.get(name, name) for name in annotations.class_names]
    merged = tuple(dict.fromkeys([*names, *own]))
    position = np.array([merged.index(name) for name in own], np.int32)
    labels = position[annotations.labels] if len(annotations.labels) else annotations.labels
    return replace(annotations, class_names=merged, labels=labels)


def _with_class_ids(
    annotations: Annotations, names: list[str], ids: list[int] | None
) -> Annotations:
    # A class that was added or renamed since has no id: then none is passed on.
    if ids is None or set(names) != set(annotations.class_names):
        return annotations
    by_name = dict(zip(names, ids, strict=True))
    known = np.array([by_name[name] for name in annotations.class_names], np.int64)
    return replace(annotations, class_ids=known)


def _with_pictures(
    annotations: Annotations, names: list[str], pictures: dict[str, Any]
) -> Annotations:
    ids = np.full(len(annotations), -1, np.int64)
    index = {name: label for label, name in enumerate(annotations.class_names)}
    to_label = np.array([index.get(name, -1) for name in names], np.int64)
    extras = {}
    for image, file in enumerate(annotations.files):
        entry = pictures.get(Path(file).as_posix())
        if entry is not None:
            ids[image] = entry["id"]
            if "objects" in entry:
                extras[image] = _extra(entry["objects"], to_label)
    if (ids < 0).all():
        return annotations
    annotations = replace(annotations, image_ids=_with_fresh_ids(ids))
    return _with_objects(annotations, extras) if extras else annotations


def _extra(rows: list[list[Any]], to_label: Int64[np.ndarray, " c"]) -> _Extra:
    # None becomes NaN, which becomes -1: "not said here".
    table = np.array(rows, np.float64).reshape(-1, len(COLUMNS))
    ids = [-1 if row[7] is None else row[7] for row in rows]  # not by way of float: ids can be long
    return _Extra(
        labels=to_label[table[:, 0].astype(np.int64)],
        boxes=table[:, 1:5],
        ignore=np.nan_to_num(table[:, 5], nan=-1).astype(np.int64),
        area=table[:, 6],
        ids=np.array(ids, np.int64),
        written=table[:, 8] == 1,
    )


def _with_objects(annotations: Annotations, extras: dict[int, _Extra]) -> Annotations:
    """All columns of objects again, each object with what the sidecar adds to it."""
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("boxes", "labels", "ignore", "area", "refs", "ids")
    }
    counts = np.diff(annotations.starts).copy()
    for image in range(len(annotations)):
        rows = annotations.objects(image)
        own = {
            "boxes": annotations.boxes[rows],
            "labels": annotations.labels[rows],
            "ignore": annotations.ignore[rows],
            "area": annotations.area[rows],
            "refs": annotations.refs[rows],
            "ids": np.full(counts[image], -1, np.int64),
        }
        if image in extras:
            own = _merged(own, extras[image])
            counts[image] = len(own["boxes"])
        for name, column in own.items():
            columns[name].append(column)
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    return replace(
        annotations,
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        boxes=whole["boxes"],
        labels=whole["labels"],
        ignore=whole["ignore"],
        area=whole["area"],
        refs=whole["refs"],
        object_ids=_with_fresh_ids(whole["ids"]) if (whole["ids"] >= 0).any() else None,
    )


def _merged(own: dict[str, np.ndarray], extra: _Extra) -> dict[str, np.ndarray]:
    """One picture's objects, in the sidecar's order; those it doesn't know come last."""
    free = np.ones(len(own["labels"]), np.bool_)
    known, match = [], []
    for row, same in enumerate(_same(own, extra)):
        found = -1
        if extra.written[row]:
            candidates = np.flatnonzero(same & free)
            if len(candidates) == 0:
                continue  # it was changed or deleted since
            found = int(candidates[0])
            free[found] = False  # an object answers for one entry
        elif extra.labels[row] < 0:
            continue  # its class is gone
        known.append(row)
        match.append(found)
    rest = np.setdiff1d(np.arange(len(own["labels"])), match)
    matched = np.array(match, np.int64)
    said = extra.ignore[known] >= 0
    own_ignore = np.append(own["ignore"], False)[matched]  # of -1: no object's
    own_refs = np.append(own["refs"], 0)[matched]
    return {
        "boxes": np.concatenate([extra.boxes[known], own["boxes"][rest]]),
        "labels": np.concatenate([extra.labels[known], own["labels"][rest]]).astype(np.int32),
        "ignore": np.concatenate(
            [np.where(said, extra.ignore[known] == 1, own_ignore), own["ignore"][rest]]
        ),
        "area": np.concatenate([extra.area[known], own["area"][rest]]),
        "refs": np.concatenate([own_refs, own["refs"][rest]]),
        "ids": np.concatenate([extra.ids[known], own["ids"][rest]]),
    }


def _same(own: dict[str, np.ndarray], extra: _Extra) -> Iterator[Bool[np.ndarray, " n"]]:
    """For each entry of the sidecar, which objects of the label file it may speak of."""
    # Some rows at a time: a picture with ten thousand objects would take gigabytes.
    step = max(1, _PAIRS // max(1, len(own["labels"])))
    for start in range(0, len(extra.labels), step):
        some = slice(start, start + step)
        near = np.isclose(extra.boxes[some, None], own["boxes"][None], rtol=_CLOSE, atol=_CLOSE)
        yield from near.all(axis=2) & (extra.labels[some, None] == own["labels"][None])  # [step, n]


def _with_fresh_ids(ids: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """The ids, with new ones above the largest in the place of -1."""
    ids = ids.copy()
    missing = ids < 0
    ids[missing] = ids.max(initial=-1) + 1 + np.arange(missing.sum())
    return ids


def _unreadable(error: BaseException) -> Finding:
    return Finding(
        kind="label_unreadable",
        severity="warning",
        file=SIDECAR,
        message=f"it cannot be read ({type(error).__name__}: {error}), so what only it says "
        "(ids, areas, ignored objects, the order of classes) is not known",
        way_out="convert the set again, or delete the file",
    )
