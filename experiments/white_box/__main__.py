"""Takes the classic white rectangle on black apart: trains, measures, writes the page.

python -m experiments.white_box                              all of it, in less than ten minutes
python -m experiments.white_box --quick --folder /tmp/try    a trial of the study itself
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
_ABOUT = """Train small networks on white rectangles, look inside, and write what is found:
index.html, README.md, results.json and pictures/."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    options = _parse(arguments)
    started = time.monotonic()

    def tell_progress(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)

    tell_progress("loading TensorFlow")
    from objloc.training.quiet_import import quiet_import

    with quiet_import():
        from experiments.white_box.run import run  # brings TensorFlow: --help answers without it
    with tempfile.TemporaryDirectory() as scratch:
        run(options.folder, Path(scratch), quick=options.quick, tell_progress=tell_progress)
    cpu_minutes = time.process_time() / 60
    tell_progress(f"done, with {cpu_minutes:.1f} minutes of CPU time: {options.folder}/index.html")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m experiments.white_box", description=_ABOUT)
    parser.add_argument(
        "--quick", action="store_true", help="train next to nothing: finds faults in the study"
    )
    parser.add_argument("--folder", type=Path, default=HERE, help="where the page goes, for trials")
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    if options.quick and options.folder == HERE:
        parser.error("a quick run is no result: choose another place for it with --folder")
    return options


if __name__ == "__main__":
    main()
