"""The whole study from the first training to the written page."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from experiments.machine import Machine
from experiments.white_box.sections.coordinates import tell_how_edges_become_coordinates
from experiments.white_box.sections.dense_or_grid import tell_dense_or_grid
from experiments.white_box.sections.how_it_breaks import tell_how_it_breaks
from experiments.white_box.sections.layers_seen import tell_what_layers_see
from experiments.white_box.sections.learned import tell_what_was_learned
from experiments.white_box.sections.learning_curves import tell_learning_curves
from experiments.white_box.sections.loss_floor import tell_why_the_loss_stops
from experiments.white_box.sections.second_case import tell_second_case
from experiments.white_box.sections.the_task import tell_the_task
from experiments.white_box.sections.where_it_looks import tell_where_it_looks
from experiments.white_box.size import FULL, QUICK
from experiments.white_box.story import Story
from experiments.white_box.study import Study, train_all

TITLE = "The white box: how a network finds a rectangle"
SUBTITLE = (
    "The simplest thing there is to find, and small networks that find it, taken apart: what each "
    "layer sees, how edges become coordinates, why the loss stops where it does, and what the "
    "network does where it was never trained."
)
_SECTIONS: dict[str, Callable[[Story, Study], None]] = {
    "the task": tell_the_task,
    "what each layer sees": tell_what_layers_see,
    "how edges become coordinates": tell_how_edges_become_coordinates,
    "the loss and its floor": tell_why_the_loss_stops,
    "flatten-and-dense or a grid": tell_dense_or_grid,
    "learning curves": tell_learning_curves,
    "where it looks": tell_where_it_looks,
    "how it breaks": tell_how_it_breaks,
    "the second case": tell_second_case,
}


def run(folder: Path, scratch: Path, *, quick: bool, tell_progress: Callable[[str], None]) -> None:
    """Trains, measures and writes.

    Args:
        folder: gets README.md, index.html, results.json and pictures/.
        scratch: for what trainings leave behind.
        quick: train next to nothing.
        tell_progress: is told what is done next.
    """
    started = time.monotonic()
    study = train_all(QUICK if quick else FULL, scratch, tell_progress)
    story = tell(study, tell_progress)
    machine, date = Machine.here(), time.strftime("%Y-%m-%d")
    minutes, cpu_minutes = (time.monotonic() - started) / 60, time.process_time() / 60
    story.text(
        f"Measured on {machine.hardware()}, with {machine.software()} ({date}): {minutes:.1f} "
        f"minutes, {cpu_minutes:.1f} of CPU time. The same command gives the same numbers, but for "
        "times; another processor may change last digits."
    )
    facts = {"machine": asdict(machine), "date": date, "cpu_minutes": cpu_minutes}
    story.write(folder, {**facts, "minutes": minutes})


def tell(study: Study, tell_progress: Callable[[str], None]) -> Story:
    """Looks at the trained models and tells what is found."""
    story = Story(TITLE, SUBTITLE)
    story.text("This page, its numbers and its sentences are made by one command:")
    story.command("python -m experiments.white_box")
    for name, tell_section in _SECTIONS.items():
        tell_progress(f"looking: {name}")
        tell_section(story, study)
    tell_what_was_learned(story)
    return story
