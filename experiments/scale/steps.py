"""The steps that are measured, each in a process of its own: `python -m experiments.scale.steps`.

The last line of the standard output is what was measured, as JSON.
"""

import gc
import json
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from objloc.data import FileDataset, train_batches
from objloc.data.formats import Coco

_MEGABYTE = 1e6
_BATCH = 64
_IMAGE_SIZE = 128
_EVERY = 2_000
"""Pictures between two looks at the memory."""


def json_load(file: Path) -> dict[str, Any]:
    """What everybody has to wait for who reads the file by Python's own means."""

    def load() -> object:
        with file.open("rb") as opened:
            return json.load(opened)

    return _measured(load)


def coco_read(file: Path) -> dict[str, Any]:
    """The table of labels."""
    return _measured(lambda: Coco().read(file))


def open_dataset(root: Path) -> dict[str, Any]:
    """The dataset, ready to train, no picture looked at."""
    return _measured(lambda: _dataset(root, check_pictures=False).split("train"))


def open_checked(root: Path) -> dict[str, Any]:
    """The same with every picture's header and end looked at."""
    return _measured(lambda: _dataset(root, check_pictures=True).split("train"))


def open_dealt(root: Path) -> dict[str, Any]:
    """The same where validation and test are dealt by content: every file is read."""
    own = "annotations/instances_train2017.json"
    return _measured(lambda: _dataset(root, check_pictures=True, annotations=own).split("train"))


def pickled(root: Path) -> dict[str, Any]:
    """What is sent to a worker process."""
    source = _dataset(root, check_pictures=False).split("train")
    return {"bytes": len(pickle.dumps(source))}


def epoch(root: Path, workers: int) -> dict[str, Any]:
    """Memory of all processes over one epoch of training batches, nothing trained beside."""
    dataset = _dataset(root, check_pictures=False)
    source = dataset.split("train")
    steps = len(source) // _BATCH
    form = dataset.batch_form
    samples: list[tuple[int, float]] = []
    start = time.perf_counter()
    with train_batches(
        source,
        batch_size=_BATCH,
        form=form,
        seed=0,
        start_step=0,
        num_steps=steps,
        workers=workers,
    ) as batches:
        for step, _ in enumerate(batches, start=1):
            pictures = step * _BATCH
            if pictures // _EVERY > (pictures - _BATCH) // _EVERY:
                samples.append((pictures, _memory_of_all()))
    seconds = time.perf_counter() - start
    return {"workers": workers, "seconds": seconds, "pictures": steps * _BATCH, "memory": samples}


def _dataset(root: Path, *, check_pictures: bool, annotations: str | None = None) -> FileDataset:
    return FileDataset(
        root=root,
        format=Coco(annotations),
        image_size=_IMAGE_SIZE,
        check_pictures=check_pictures,
    )


def _measured(step: Callable[[], object]) -> dict[str, Any]:
    """Seconds, and megabytes beyond those of the process before: at most, and afterwards."""
    gc.collect()
    before = _memory()
    start = time.perf_counter()
    cpu = time.process_time()
    result = step()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = _peak()
    gc.collect()
    after = _memory()
    del result
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak": peak - before,
        "after": after - before,
    }


def _memory() -> float:
    """Resident megabytes of this process."""
    return psutil.Process().memory_info().rss / _MEGABYTE


def _peak() -> float:
    """The most megabytes that were ever resident, pages of mapped files among them (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / _MEGABYTE
    raise RuntimeError("this system does not say how much memory was used at most")


def _memory_of_all() -> float:
    """Resident megabytes of this process and its workers."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(process.memory_info().rss for process in processes) / _MEGABYTE


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step
    for step in (json_load, coco_read, open_dataset, open_checked, open_dealt, pickled, epoch)
}


if __name__ == "__main__":
    name, place, *numbers = sys.argv[1:]
    print(json.dumps(STEPS[name](Path(place), *map(int, numbers))))
