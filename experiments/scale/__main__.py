"""Measures what a dataset of COCO's size takes.

python -m experiments.scale                                  makes it in a temporary folder
python -m experiments.scale --pictures 5000 --boxes 36000 --folder /tmp/try     a trial
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from experiments.scale.make_set import Size, make_set
from experiments.scale.measure import measure
from experiments.scale.page import tables, write_page, write_scale

HERE = Path(__file__).resolve().parent


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the dataset, measure, keep the numbers, rewrite the tables."""
    parser = argparse.ArgumentParser("python -m experiments.scale")
    parser.add_argument("--pictures", type=int, default=Size.pictures)
    parser.add_argument("--boxes", type=int, default=Size.boxes)
    parser.add_argument("--rounds", type=int, default=3, help="of reading each label file")
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 2], help="of an epoch each")
    parser.add_argument("--folder", type=Path, default=HERE, help="where results go, for trials")
    options = parser.parse_args(arguments)
    size = Size(options.pictures, options.boxes)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make_set(Path(folder), size)
        scale = measure(Path(folder), size, options.rounds, options.workers)
    write_scale(options.folder / "results.json", scale)
    print(f"\n{tables(scale)}")
    if options.folder.resolve() == HERE:
        write_page(HERE / "README.md", scale)


if __name__ == "__main__":
    main()
