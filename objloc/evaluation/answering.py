"""Which detection is held to account for an object where several could be."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Int64

from objloc.evaluation.columns import Columns, best_object
from objloc.evaluation.matching import FOUND_IOU, Matches

TOUCH_IOU = 0.1
"""Below this IoU a detection and an object have nothing to do with each other (TIDE's limit)."""


def fairer(matches: Matches, table: Columns) -> Matches:
    """The matches, with detections in charge of objects that they answer for better.

    `match` looks at scores and boxes only. To say what is *wrong*, two of its choices mislead
    where an image has many detections, and are exchanged here:

    - an object whose detection hardly touches it (IoU < .1) goes to the best-scored idle detection
      that it has an IoU of at least .1 with;
    - an object that is found under a wrong name goes to the best-scored idle detection that finds
      it (IoU >= .5) under the right one.

    The detection relieved becomes idle. An image is localized rightly before exactly if it is
    after: an exchange takes place only where there is an idle detection, itself a mistake.

    Args:
        matches: of the table's detections and objects.
        table: without objects marked "ignore".
    """
    missed = matches.object_iou < TOUCH_IOU
    matches = _relieve(matches, table, missed, TOUCH_IOU, by_class=False)
    found = matches.object_iou >= FOUND_IOU
    misnamed = np.zeros(len(found), np.bool_)
    name = matches.detection_label[matches.object_detection[found]]
    misnamed[found] = name != matches.object_label[found]
    return _relieve(matches, table, misnamed, FOUND_IOU, by_class=True)


def idle(matches: Matches) -> Bool[np.ndarray, " k"]:
    """The detections that answer for no object and do not lie in an ignored box."""
    without = ~matches.detection_aside
    without[matches.object_detection[matches.object_detection >= 0]] = False
    return without


def _relieve(
    matches: Matches,
    table: Columns,
    needy: Bool[np.ndarray, " m"],
    limit: float,
    by_class: bool,
) -> Matches:
    """Gives needy objects to idle detections of their image (and class) from an IoU on."""
    candidates, objects = np.flatnonzero(idle(matches)), np.flatnonzero(needy)
    thing, iou = best_object(
        table.detection_box[candidates],
        _group(table.detection_image, table.detection_label, table, by_class)[candidates],
        table.object_box[objects],
        _group(table.object_image, table.object_label, table, by_class)[objects],
    )
    willing = np.flatnonzero((thing >= 0) & (iou >= limit))
    # Detections stand by falling score within an image: the first to name an object gets it.
    target, first = np.unique(objects[thing[willing]], return_index=True)
    taker, iou = candidates[willing[first]], iou[willing[first]]
    object_detection, object_iou = matches.object_detection.copy(), matches.object_iou.copy()
    detection_object = matches.detection_object.copy()
    relieved = object_detection[target]
    detection_object[relieved[relieved >= 0]] = -1
    detection_object[taker] = np.where(iou >= FOUND_IOU, target, -1)
    object_detection[target], object_iou[target] = taker, iou
    return replace(
        matches,
        object_detection=object_detection,
        object_iou=object_iou,
        detection_object=detection_object,
    )


def _group(
    image: Int64[np.ndarray, " x"], label: Int64[np.ndarray, " x"], table: Columns, by_class: bool
) -> Int64[np.ndarray, " x"]:
    """A number that those share that may be compared."""
    labels = max(table.object_label.max(initial=0), table.detection_label.max(initial=0)) + 1
    return image * labels + label if by_class else image
