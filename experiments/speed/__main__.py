"""Measures whether the input pipeline keeps up with training.

python -m experiments.speed                      white_box, multiclass and emoji
python -m experiments.speed emoji --rounds 7
python -m experiments.speed emoji --steps 5 --folder /tmp/try -- backbone=small
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.speed.measure import measure
from experiments.speed.page import read_speeds, speed_table, write_page, write_speeds

HERE = Path(__file__).resolve().parent
EXPERIMENTS = ("white_box", "multiclass", "emoji")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the named experiments, keep the numbers, rewrite the table."""
    parser = argparse.ArgumentParser("python -m experiments.speed")
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help="of conf/experiment")
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each kind")
    parser.add_argument("--steps", type=int, help="steps in an epoch; the experiment's own if left")
    parser.add_argument("--folder", type=Path, default=HERE, help="where results go, for trials")
    words, overrides = _split(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(words)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = options.folder / "results.json"
    for experiment in options.experiments or EXPERIMENTS:
        speed = measure(experiment, overrides, options.rounds, options.steps)
        kept = {old.experiment: old for old in read_speeds(results)}
        write_speeds(results, list({**kept, experiment: speed}.values()))
    speeds = read_speeds(results)
    print(f"\n{speed_table(speeds)}")
    if options.folder.resolve() == HERE:
        write_page(HERE / "README.md", speeds)


def _split(words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words before `--` and those behind it."""
    if "--" not in words:
        return list(words), ()
    place = list(words).index("--")
    return list(words[:place]), tuple(words[place + 1 :])


if __name__ == "__main__":
    main()
