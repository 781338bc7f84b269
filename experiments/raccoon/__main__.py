"""Trains on the raccoon photographs in five folds, with several seeds, from scratch and otherwise.

python -m experiments.raccoon --data ../shared/data
python -m experiments.raccoon --data … --arms scratch --seeds 0
python -m experiments.raccoon --data … --table                  rewrite the tables, train nothing
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from experiments.machine import Machine
from experiments.options import parse
from experiments.raccoon.doctor import doctor_table
from experiments.raccoon.outcome import read_outcome
from experiments.raccoon.page import merge, read_outcomes, write_outcomes, write_page
from experiments.raccoon.people import annotator_pairs, read_labels
from experiments.raccoon.training import ARMS, REPOSITORY, train_folds

HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 if a training failed."""
    options = _parse(arguments)
    data: Path = options.data.expanduser().resolve()
    root = data / "raccoon_voc"
    results = options.folder / "results.json"
    failed = [] if options.table else _train(options, root, results)
    table, copies = read_labels(root)
    if options.folder == HERE and results.exists():
        machine = Machine(**json.loads(results.read_text(encoding="utf-8"))["machine"])
        pairs = annotator_pairs(table, copies)
        write_page(
            HERE / "README.md",
            read_outcomes(results),
            copies,
            pairs,
            machine,
            doctor_table(data),
        )
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def _train(options: argparse.Namespace, root: Path, results: Path) -> list[str]:
    """Train everything, keeping what each sweep reached at once; return what failed."""
    failed = []
    results.parent.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for name in options.arms:
            now = datetime.now()
            runs = REPOSITORY / "outputs" / "raccoon" / f"{now:%Y-%m-%d_%H-%M-%S}"
            try:
                folders, minutes, before = train_folds(
                    ARMS[name], name, seed, root, runs, options.overrides
                )
            except subprocess.CalledProcessError:
                failed.append(f"{name}, seed {seed}")
                continue
            new = [
                read_outcome(folder, name, seed, fold, minutes, before, f"{now:%Y-%m-%d}")
                for fold, folder in enumerate(folders)
            ]
            write_outcomes(results, merge(read_outcomes(results), new), Machine.here())
            for one in new:
                print(f"{name}, seed {seed}, fold {one.fold}: mean IoU {one.test['mean_iou']:.4f}")
    return failed


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m experiments.raccoon",
        description="Train on 200 photographs in five folds; keep what is reached.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder that holds raccoon_voc, foosball_coco and cells_yolo",
    )
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS), metavar="ARM")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--table", action="store_true", help="train nothing, rewrite the tables")
    return parse(parser, arguments, HERE)


if __name__ == "__main__":
    sys.exit(main())
