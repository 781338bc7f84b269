"""The part of a study's command line that every study of trainings has."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, home: Path
) -> argparse.Namespace:
    """What the command line says, with `--folder` and further words for the trainings.

    Args:
        parser: knows the study's own options; ends the program where something is wrong.
        arguments: the words; None for those of the process.
        home: the study's own folder, where only whole runs leave results.
    """
    parser.add_argument(
        "--folder", type=Path, default=home, help="where results and pictures go, for trials"
    )
    parser.add_argument("overrides", nargs="*", help="further words for objloc.train, after --")
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    if options.folder == home and any("debug=" in word for word in options.overrides):
        parser.error("a debug run is no result: choose another place for it with --folder")
    return options
