"""Trains every head on every dataset of the study; says which is to be chosen when.

python -m experiments.heads --data ../shared/data
python -m experiments.heads --only detection,multiclass --heads grid yolo --seeds 0
python -m experiments.heads --table                  rewrite the tables, train nothing
python -m experiments.heads --look --data …          time the models, draw the sheets, train nothing
python -m experiments.heads --folder /tmp/try --epochs-scale 0.1 --data …
"""

import argparse
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.heads.pages import write_page
from experiments.heads.plan import HEADS, TASKS, Training, place_of_data, plan, scaled_epochs
from experiments.heads.record import by_head, read_results, write_results
from experiments.heads.train_run import log_of, train
from experiments.ladder.pictures import keep_sheet
from experiments.machine import Machine
from experiments.measured_run import REPOSITORY
from experiments.options import parse

HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 if a training failed."""
    options = _parse(arguments)
    home = options.folder == HERE
    runs = REPOSITORY / "outputs" / "heads" if home else options.folder / "runs"
    file = options.folder / "results.json"
    failed = [] if options.table or options.look else _train(options, runs, file)
    if not options.table:
        _look(options.only, runs, options.folder, file)
    if home:
        write_page(HERE / "README.md", read_results(file))
    else:
        print(f"results and pictures are in {options.folder}; the page is as it was")
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def _train(options: argparse.Namespace, runs: Path, file: Path) -> list[str]:
    """Train what has no result yet, keeping each at once; return what failed."""
    trainings = _trainings(options)
    done = {one.training for one in read_results(file).records}
    left = [one for one in trainings if one not in done]
    print(f"{len(trainings)} trainings, {len(trainings) - len(left)} of them done", flush=True)
    threads = [f"trainer.threads={max(1, Machine.here().cores // options.jobs)}"]
    lock = threading.Lock()

    def run(training: Training) -> str | None:
        own = [*place_of_data(training.task, options.data), *(threads if options.jobs > 1 else [])]
        folder = runs / training.name
        print(f"$ python -m objloc.train {' '.join([*training.words, *own])}", flush=True)
        try:
            record = train(training, folder, own, options.jobs)
        except subprocess.CalledProcessError:
            return f"{training.name}: see {log_of(folder)}"
        with lock:
            write_results(file, read_results(file).with_record(record))
        numbers = ", ".join(f"{name} {record.test[name]:.3f}" for name in ("ap", "mean_iou"))
        print(f"{training.name}: {numbers}, {record.minutes:.1f} minutes in all", flush=True)
        return None

    pool = ThreadPoolExecutor(options.jobs)
    try:
        return [line for line in pool.map(run, left) if line is not None]
    finally:
        pool.shutdown(cancel_futures=True)  # after an interrupt none of the others begins


def _trainings(options: argparse.Namespace) -> list[Training]:
    """What the command line asks for, each task with its epochs."""
    trainings = []
    for task in options.only:
        for head in options.heads:
            place = place_of_data(task, options.data)
            epochs = scaled_epochs(task, head, options.epochs_scale, place)
            trainings += plan([task], [head], options.seeds, [*epochs, *options.overrides])
    # All heads with one seed first: an early end leaves rows that can be compared.
    return sorted(trainings, key=lambda one: options.seeds.index(one.seed))


def _look(tasks: Sequence[str], runs: Path, folder: Path, file: Path) -> None:
    """Time the models of the lowest seed that are still there; draw what they answer."""
    from experiments.heads.models import look
    from objloc.training.prediction_sheet import save_picture

    for task in tasks:
        results = read_results(file)
        groups = by_head(results, task)
        places = {head: runs / group[0].training.name for head, group in groups.items()}
        there = {head: run for head, run in places.items() if (run / "model.keras").exists()}
        for head in groups.keys() - there.keys():
            print(f"{task}, {head}: its model is not in {runs}; its speed stays as it was")
        if there:
            speeds, sheet = look(task, there)
            write_results(file, results.with_speeds(speeds))
            save_picture(sheet, runs / f"{task}.png")
            kept = folder / "pictures" / f"{task}.webp"
            # Its caption names every head that has a result.
            if len(there) == len(groups) or not kept.exists():
                keep_sheet(runs / f"{task}.png", kept)
            else:
                print(f"{task}: the kept picture of all heads stays; {runs / task}.png is new")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m experiments.heads",
        description="Train every head on every dataset with several seeds; keep what is reached. "
        "What has a result is not trained again.",
    )
    parser.add_argument("--data", type=Path, help="folder that holds foosball_coco and raccoon_voc")
    parser.add_argument(
        "--only",
        type=_tasks,
        default=list(TASKS),
        metavar="DATASET,…",
        help=f"of {', '.join(TASKS)}",
    )
    parser.add_argument(
        "--heads", nargs="+", default=list(HEADS), metavar="HEAD", help=f"of {', '.join(HEADS)}, …"
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    parser.add_argument(
        "--epochs-scale", type=float, default=1, metavar="X", help="so many times the epochs"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="trainings at a time, which share the cores",
    )
    parser.add_argument("--table", action="store_true", help="train nothing, rewrite the tables")
    parser.add_argument(
        "--look", action="store_true", help="train nothing, time the models and draw what they find"
    )
    options = parse(parser, arguments, HERE)
    if options.jobs < 1 or options.epochs_scale <= 0:
        parser.error("--jobs and --epochs-scale are larger than 0")
    if options.data is not None:
        options.data = options.data.expanduser().resolve()
    elif not (options.table or options.look) and any(TASKS[task].folder for task in options.only):
        parser.error("--data says where the labelled pictures are; or leave them out with --only")
    return options


def _tasks(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in TASKS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(TASKS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
