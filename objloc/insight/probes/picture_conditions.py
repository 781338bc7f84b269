"""What is varied on any picture, generated or real: contrast, brightness, blur, noise, a bar."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.insight.probes import changes
from objloc.insight.probes.condition import Condition, Value
from objloc.insight.probes.shown import Shown
from objloc.insight.probes.trained_range import Range

Picture = UInt8[np.ndarray, "_h _w 3"]
Change = Callable[[Picture, Any, np.random.Generator], Picture]

_CONTRASTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_BRIGHTNESSES = (-75, -50, -35, -20, -10, 0, 10, 20, 35, 50, 75)
_BLURS = (0, 0.5, 1, 1.5, 2, 3, 4, 6)
_NOISES = (0, 2, 4, 6, 10, 15, 20, 30)
_SHARES = (0, 10, 20, 30, 45, 60, 75)


def picture_conditions(
    base: Callable[[int], Shown],
    empty: Callable[[int], Picture] | None,
    random: Callable[[int], np.random.Generator],
    trained: Mapping[str, Range],
) -> dict[str, Condition]:
    """The conditions by name.

    Args:
        base: makes base picture number so and so.
        empty: makes an empty one; None where there are none.
        random: random numbers for what is done to a picture: the same ones at every value.
        trained: from and to, of those conditions for which it is known.
    """

    def of(
        name: str, title: str, unit: str, meaning: str, values: tuple[Value, ...], change: Change
    ) -> Condition:
        def show(index: int, value: Any) -> Shown:
            shown = base(index)
            image = change(shown.image, value, random(index))
            return Shown(image, shown.box, shown.label, shown.visible)

        def without(index: int, value: Any) -> Picture:
            assert empty is not None
            return change(empty(index), value, random(index))

        return Condition(
            name=name,
            title=title,
            unit=unit,
            meaning=meaning,
            values=values,
            show=show,
            empty=None if empty is None else without,
            trained=trained.get(name),
        )

    occlusion = Condition(
        name="occlusion",
        title="Occlusion",
        unit=" %",
        meaning="The share of the object that a grey bar across its middle hides, as nearly as "
        "whole pixels allow. Both ends stay in sight. The true box of a generated object is that "
        "of the pixels that are left: of a rectangle the same as that of all of it, but a round "
        "object's is narrower along the bar.",
        values=_SHARES,
        show=lambda index, value: changes.barred(base(index), value / 100, random(index)),
        trained=trained.get("occlusion"),
    )
    return {
        "contrast": of(
            "contrast",
            "Contrast of the picture",
            "",
            "Every pixel's distance from the picture's mean colour, times this factor: 1 is the "
            "picture as it is.",
            _CONTRASTS,
            lambda image, value, _: changes.contrasted(image, value),
        ),
        "brightness": of(
            "brightness",
            "Brightness of the picture",
            " %",
            "So many % of the range from black to white are added to every pixel.",
            _BRIGHTNESSES,
            lambda image, value, _: changes.brightened(image, value),
        ),
        "blur": of(
            "blur",
            "Blur",
            " px",
            "Gaussian blur of the whole picture, by its standard deviation in pixels.",
            _BLURS,
            lambda image, value, _: changes.blurred(image, value),
        ),
        "noise": of(
            "noise",
            "Noise",
            " %",
            "Normal noise on every pixel and channel: its standard deviation in % of the range "
            "from black to white.",
            _NOISES,
            changes.noised,
        ),
        "occlusion": occlusion,
    }
