"""What is varied on generated scenes alone: size, rotation, distance to the border, background."""

import math
from collections.abc import Mapping

import numpy as np

from objloc.data.backgrounds import Background, load_background
from objloc.data.backgrounds.photo import PhotoBackground
from objloc.insight.probes.condition import Condition, Value
from objloc.insight.probes.scene_stage import SceneStage, sides
from objloc.insight.probes.shown import Shown
from objloc.insight.probes.trained_range import Range

_SMALLEST_TRIED = 4  # pixels
_STEP = 1.35  # from one size to the next
_ANGLES = tuple(range(-150, 181, 30))
_OPACITIES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_DISTANCES = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
_PHOTOGRAPHS = 6
_OWN = "the dataset's own"


def size(stage: SceneStage) -> Condition:
    """The object's longer side before it is turned."""
    smallest = min(_SMALLEST_TRIED, stage.smallest)
    steps = math.log(stage.largest_tried / smallest) / math.log(_STEP)
    tried = np.geomspace(smallest, stage.largest_tried, max(2, math.ceil(steps) + 1))
    sizes = {round(float(one)) for one in tried} | {stage.smallest, stage.largest}

    def show(index: int, value: int) -> Shown | None:
        drawn = stage.drawn(index, size=value)
        return None if drawn is None else stage.scene(index, drawn)

    return Condition(
        name="size",
        title="Size of the object",
        unit=" px",
        meaning="The object's longer side in pixels, before it is turned.",
        values=tuple(sorted(sizes)),
        show=show,
        trained=(stage.smallest, stage.largest),
        logarithmic=True,
    )


def rotation(stage: SceneStage, trained: Range | None) -> Condition:
    """The object turned from upright."""
    # Whatever its angle, it must fit into the scene.
    largest = int((stage.side - 4) / math.sqrt(2))

    def show(index: int, value: float | int) -> Shown | None:
        drawn = stage.drawn(index, degrees=0)
        assert drawn is not None, "sprites of the dataset's sizes are visible"
        width, height = sides(drawn)
        fits = math.hypot(width, height) + 4 <= stage.side
        turned = stage.drawn(index, size=None if fits else largest, degrees=value)
        return None if turned is None else stage.scene(index, turned)

    return Condition(
        name="rotation",
        title="Rotation of the object",
        unit="°",
        meaning="The object is turned from upright, anticlockwise, without the dataset's own "
        "geometric transforms; the true box is that of the turned object's pixels. Mirrored "
        "objects of the training data are not counted in “trained on”.",
        values=_ANGLES,
        show=show,
        trained=trained,
    )


def object_contrast(stage: SceneStage) -> Condition:
    """The object alone fades into the background."""

    def show(index: int, value: float | int) -> Shown | None:
        drawn = stage.drawn(index)
        return None if drawn is None else stage.scene(index, drawn, opacity=value)

    return Condition(
        name="object_contrast",
        title="Contrast between object and background",
        unit="",
        meaning="How far the object's pixels are from the background's to its own: at 1 it is "
        "as it is, at 0 it would be invisible.",
        values=_OPACITIES,
        show=show,
        trained=(1.0, 1.0),
    )


def border(stage: SceneStage) -> Condition:
    """How near to the picture's edge the object is."""
    # Every object is to have all distances to try from; one by lot is up to its transform's extent.
    drawn = [stage.drawn(index, size=stage.small_size(index)) for index in range(64)]
    longest = max(max(sides(one)) for one in drawn if one is not None)
    room = (stage.side - longest) // 2

    def show(index: int, value: int) -> Shown | None:
        drawn = stage.drawn(index, size=stage.small_size(index))
        if drawn is None:
            return None
        return stage.scene(index, drawn, corner=_near_border(stage, index, sides(drawn), value))

    return Condition(
        name="border",
        title="Distance to the border",
        unit=" px",
        meaning="Pixels between the object and the nearest side of the picture, which is one of "
        "the four by lot. Objects are of the smallest quarter of the dataset's sizes, so that "
        "there is room.",
        values=tuple(one for one in _DISTANCES if one <= max(0, room)),
        show=show,
        trained=(0, max(0, room)),
    )


def _near_border(
    stage: SceneStage, index: int, sides_: tuple[int, int], distance: int
) -> tuple[int, int]:
    """Left and top of a box so far from one side, and at least so far from all others."""
    rng = stage.random(index, "place")
    side, along = int(rng.integers(4)), float(rng.random())
    corner = [0, 0]
    for axis, length in enumerate(sides_):
        free = stage.side - length
        near = min(distance, free // 2)
        if axis == side // 2:
            corner[axis] = near if side % 2 == 0 else free - near
        else:
            corner[axis] = near + int(along * (free - 2 * near + 1))
    return corner[0], corner[1]


def background(stage: SceneStage) -> Condition:
    """What the object stands on: kinds of backgrounds, and each photograph by its name."""
    kinds = _kinds(stage)
    seen = [name for name in kinds if _is_part(name, str(stage.facts["background"]))]

    def show(index: int, value: str) -> Shown | None:
        drawn = stage.drawn(index)
        behind = stage.draw_background(index, kinds[value])
        return None if drawn is None else stage.scene(index, drawn, background=behind)

    trained: tuple[Value, ...] = (_OWN, *seen)
    return Condition(
        name="background",
        title="Background",
        unit="",
        meaning="The same objects at the same places on other backgrounds. Photographs are those "
        "that the dataset keeps from training for this split, each named by its file.",
        values=tuple(kinds),
        show=show,
        empty=lambda index, value: stage.draw_background(index, kinds[value]),
        trained=trained,
    )


def _kinds(stage: SceneStage) -> Mapping[str, Background]:
    kinds: dict[str, Background] = {_OWN: stage.background}
    own = str(stage.facts["background"])
    for name in ("black", "texture"):
        if name != own:
            kinds[name] = load_background(name)
    if not stage.photographs:
        kinds["photo"] = load_background("photo")
    for file in stage.photographs[:_PHOTOGRAPHS]:
        alone = (file,)
        kinds[file.name] = PhotoBackground({"train": alone, "val": alone, "test": alone})
    return kinds


def _is_part(name: str, background: str) -> bool:
    """Whether the dataset's backgrounds are made of this kind, too."""
    return name in [part.strip() for part in background.split("+")]
