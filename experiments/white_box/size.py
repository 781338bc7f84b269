"""How much the study trains and measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Amounts of one run of the study.

    Attributes:
        scenes: of white rectangles in an epoch.
        epochs: over them.
        creatures: scenes in an epoch of the second case.
        creature_epochs: over those.
        apart: train models without objects on the left, too; else those that saw them stand in.
        held_out: scenes of validation, and of the test.
        looked_at: scenes that an answer is taken apart on.
        shown: scenes that maps are drawn for.
        probed: scenes at every step of a probe.
        places: of the heat map over position, along a side.
    """

    scenes: int = 6400
    epochs: int = 6
    creatures: int = 6400
    creature_epochs: int = 6
    apart: bool = True
    held_out: int = 512
    looked_at: int = 256
    shown: int = 2
    probed: int = 64
    places: int = 9


FULL = Size()
QUICK = Size(320, 2, 320, 1, apart=False, held_out=32, looked_at=16, shown=1, probed=4, places=3)
"""Trains too little to say anything true: for finding faults in the study itself."""
