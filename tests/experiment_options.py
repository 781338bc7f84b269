"""What an experiment cannot know by itself: where the labelled pictures are."""

from pathlib import Path

from objloc.config import config_folder

EXPERIMENTS = sorted(file.stem for file in (Path(config_folder()) / "experiment").glob("*.yaml"))

FILE_EXPERIMENTS = {"foosball": "foosball_coco", "raccoon": "raccoon_voc"}
"""Experiments on labelled pictures, and the folder of the real data that they are about."""


def needed(experiment: str, data: Path = Path("photographs")) -> list[str]:
    """The words that the experiment's command line needs beside its name.

    Args:
        experiment: its name.
        data: folder of the real data.
    """
    folder = FILE_EXPERIMENTS.get(experiment)
    return [] if folder is None else [f"dataset.root='{data / folder}'"]
