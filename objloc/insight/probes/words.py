"""What the probes do and what their drawings mean, in words for someone who sees them first."""

from collections.abc import Sequence

from objloc.insight.probes.blind_spots import BlindSpot
from objloc.insight.probes.curve import Curve
from objloc.insight.probes.equivariance import Equivariance
from objloc.insight.probes.position_map import PositionMap

CAUTION = (
    "What not to conclude: a curve says what happens when this one thing changes and nothing "
    "else does. Real pictures change in several ways at once, and what is hard together need not "
    "be hard alone. Values outside “trained on” were never promised to work; a drop inside is a "
    "fault."
)

OVERVIEW = (
    "Where objects are found reliably, and where least. “Found in empty scenes”: the highest share "
    "of pictures without any object in which something is detected all the same."
)

OFFSET_MAP = (
    "How far found boxes are off on the mean, in pixels, and whither: the arrow points from the "
    "object's true centre to the found one. Arrows that all point to the middle tell of a model "
    "that guesses a middle position when unsure."
)

POSITION_PLOT = (
    "Recall by the object's place along one side of the picture, whatever its place along the "
    "other, with 95 % intervals."
)

SHIFT_PLOT = (
    "How far the sides of the box are, on the mean, from where they would be had they moved with "
    "the object. Zero everywhere is perfect; a pattern that repeats is the network's stride."
)

PERIOD_PLOT = (
    "What the error is made of: how strong that part of it is which repeats every 2, 4, 8, … "
    "pixels. A network that looks at every eighth pixel has its own errors at 8 px and below "
    "(aliasing); the last bar also holds all that changes slowly along the way."
)

_NEED_SCENES = {
    "size": "size",
    "position": "place in the picture",
    "shift": "moving by single pixels",
    "rotation": "rotation",
    "border": "distance to the border",
    "object_contrast": "contrast between object and background",
    "background": "background",
}


def done(scenes: int, score_threshold: float, of_scenes: bool) -> str:
    """What was done."""
    made = (
        "Scenes are generated as the dataset generates them (but without its photometric "
        "transforms), from random numbers that neither training nor evaluation uses"
        if of_scenes
        else "Pictures of the dataset are chosen by lot; in each, its largest object is asked for"
    )
    return (
        f"One thing about the picture is changed at a time. {made}; the same {scenes} are shown at "
        "every value, so that curves differ by the condition and not by luck of the draw. An "
        "object is found if a detection of the right class with a score of at least "
        f"{score_threshold:.3f} overlaps it with an IoU of at least .5; recall is the share of "
        "objects that are found. Mean IoU counts 0 where nothing is detected, and looks at boxes "
        "alone, whatever their class. Shaded bands are 95 % intervals: Wilson's for shares, the "
        "bootstrap's for mean IoU."
    )


def left_out(names: Sequence[str]) -> str:
    """Why some probes were not made."""
    listed = ", ".join(_NEED_SCENES[name] for name in names)
    return (
        f"Left out: {listed}. These need an object that can be put where one wants it, in any size "
        "and on any background. In a photograph nobody knows what is behind the object, so that to "
        "move or enlarge it would be to invent a picture. Probe the model on generated scenes "
        "(objloc.data.Scenes) to measure them."
    )


def dropped(curve: Curve) -> str:
    """What was not tried because nothing could be seen; "" where all was."""
    if not curve.dropped:
        return ""
    values = ", ".join(curve.condition.text(value) for value in curve.dropped)
    return f" Left out, since of some object no pixel would be left to see: {values}."


def curve_caption(curve: Curve) -> str:
    """Below a curve."""
    trained = curve.condition.trained_text()
    known = "What it was trained on is not known." if trained == "not known" else ""
    mark = ""
    if not known and not curve.condition.is_of_kinds:
        mark = " (grey)" if " to " in trained else " (dotted)"
    known = known or f"Trained on: {trained}{mark}."
    return (
        f"{curve.condition.title}: recall and mean IoU over the same {curve.found.shape[1]} scenes "
        f"at each value. {known}"
    )


def blind_spots(spots: Sequence[BlindSpot]) -> str:
    """Whether there are any."""
    if not spots:
        return (
            "No blind spot: nowhere in the picture is recall lower than elsewhere by .2 or more "
            "and by more than chance brings."
        )
    lines = "; ".join(spot.text() for spot in spots)
    return f"{'A blind spot' if len(spots) == 1 else 'Blind spots'}: {lines}."


def position(places: PositionMap) -> str:
    """What was done for the maps."""
    return (
        f"The same {len(places.found)} objects, of the smallest quarter of the dataset's sizes so "
        f"that there is room, were put at each of {places.recall.size} places. Each cell of a map "
        "stands for the place of an object's centre; the grey border is nearer to the edge than "
        "the largest of these objects can be. Blind spots are the rectangles of cells that stand "
        "out most (spatial scan statistic), and are named only where chance alone would bring such "
        "a one in at most 1 of 100 cases and recall is lower by at least .2."
    )


def recall_map(places: PositionMap) -> str:
    """Below the map of recall."""
    recall = places.recall
    return (
        f"Recall at each place: {recall.min():.2f} at the worst, {recall.mean():.2f} on the mean. "
        f"A cell of {len(places.found)} objects is sure to about ±.1 to ±.2 alone."
    )


def iou_map(places: PositionMap) -> str:
    """Below the map of IoU."""
    iou = places.mean_iou
    return (
        f"Mean IoU at each place, an object that is not found counting 0: {iou.min():.2f} at the "
        f"worst, {iou.max():.2f} at the best."
    )


def shift(found: Equivariance) -> str:
    """What was done, and what came of it."""
    reach = int(found.shifts[-1]) + 1
    told = (
        f"{len(found.drift) + found.left_out} objects were moved by whole pixels, up to {reach} to "
        "either side of the picture's middle, over a plain background of the mean colour of the "
        "dataset's. The surest box ought to move along, by as many pixels (translation "
        "equivariance: Zhang 2019, “Making Convolutional Networks Shift-Invariant Again”). "
    )
    if found.left_out:
        told += f"{found.left_out} were left out: not found to begin with. "
    if not len(found.drift):
        return told + "There is nothing to measure."
    error = found.error()
    return (
        told + f"On the mean a side of the box is off by {error.value:.2f} px (95 % interval "
        f"{error.low:.2f} to {error.high:.2f}). A model may be off by the same number of pixels "
        "everywhere and still be perfect here: this measures whether it is off in the same way."
    )
