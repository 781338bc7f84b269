"""Climbs the ladder: trains experiments, keeps what they reached, rewrites what quotes it.

python -m experiments.ladder                                   all steps and yardsticks
python -m experiments.ladder --experiments multiclass --seeds 0 1 2
python -m experiments.ladder --table                           rewrite tables, train nothing
python -m experiments.ladder --folder /tmp/try --experiments emoji -- debug=smoke
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.ladder.pages import (
    write_headers,
    write_ladder_page,
    write_readme,
    write_strip,
)
from experiments.ladder.pictures import keep_sheet
from experiments.ladder.results import STEPS, YARDSTICKS, merge, read_results, write_results
from experiments.ladder.train_run import train
from experiments.measured_run import REPOSITORY
from experiments.options import parse

HERE = Path(__file__).resolve().parent
EXPERIMENTS = REPOSITORY / "conf" / "experiment"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 if a training failed."""
    options = _parse(arguments)
    folder: Path = options.folder
    failed = []
    if not (options.table or options.headers):
        failed = _climb(options.experiments, options.seeds, options.overrides, folder)
    records = read_results(folder / "results.json")
    if folder != HERE:
        print(f"\nresults and pictures are in {folder}; the pages are as they were")
    else:
        write_ladder_page(HERE / "README.md", records)
        write_readme(REPOSITORY / "README.md", records, EXPERIMENTS)
        if options.headers:
            write_headers(EXPERIMENTS, records)
        if any((HERE / "pictures" / f"{name}.webp").exists() for name in STEPS):
            write_strip(HERE / "pictures")
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def _climb(
    experiments: Sequence[str], seeds: Sequence[int], overrides: Sequence[str], folder: Path
) -> list[str]:
    """Train everything, keeping each result at once; return what failed."""
    failed = []
    results = folder / "results.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for experiment in experiments:
            try:
                runs = REPOSITORY / "outputs" / "ladder"
                record, run = train(experiment, seed, overrides, runs)
            except subprocess.CalledProcessError:
                failed.append(f"{experiment}, seed {seed}")
                continue
            write_results(results, merge(read_results(results), [record]))
            if seed == min(seeds):
                sheet = folder / "pictures" / f"{experiment}.webp"
                keep_sheet(run / "pictures" / "test.png", sheet)
            print(f"{experiment}, seed {seed}: {record.minutes:.1f} minutes in all")
    return failed


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m experiments.ladder",
        description="Train the experiments of the ladder and keep what they reached.",
    )
    parser.add_argument("--experiments", nargs="+", default=[*STEPS, *YARDSTICKS], metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="SEED")
    parser.add_argument(
        "--table", action="store_true", help="train nothing, rewrite tables and strip"
    )
    parser.add_argument(
        "--headers",
        action="store_true",
        help="the same, and the measured result in the head of each conf/experiment/*.yaml",
    )
    return parse(parser, arguments, HERE)


if __name__ == "__main__":
    sys.exit(main())
