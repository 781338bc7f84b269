import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import psutil
import pytest

from objloc.data import BatchForm, Scenes, eval_batches, train_batches
from tests.data.conftest import build_augment
from tests.data.number_source import FailingSource, NumberSource

numbers = partial(
    train_batches, batch_size=4, form=BatchForm(8, 1), seed=1, start_step=0, workers=0
)


def asked(batches) -> list[tuple[int, int]]:
    """(epoch, index) of each sample."""
    return [(int(e), int(i)) for images, _ in batches for e, i in images[:, 0, 0, :2]]


def test_every_epoch_shows_each_sample_once_in_an_order_of_its_own():
    seen = asked(numbers(NumberSource(10), num_steps=8))
    epochs = [[i for e, i in seen if e == epoch] for epoch in range(3)]
    assert [e for e, _ in seen] == [0] * 10 + [1] * 10 + [2] * 10 + [3] * 2
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert asked(numbers(NumberSource(10), num_steps=8, seed=2)) != seen


def test_a_later_start_sees_what_an_uninterrupted_run_sees_from_there():
    seen = asked(numbers(NumberSource(10), num_steps=8))
    for start in range(9):
        rest = numbers(NumberSource(10), start_step=start, num_steps=8 - start)
        assert asked(rest) == seen[4 * start :]


def test_worker_processes_change_no_byte_and_leave_with_the_last_batch():
    scenes = Scenes(
        sprites="creatures", background="photo", absent=0.2, augment=build_augment("full")
    )
    options = {"batch_size": 8, "form": BatchForm(128), "num_steps": 5}

    def run(workers: int):
        source = scenes.split("train")
        return list(train_batches(source, seed=3, start_step=2, workers=workers, **options))

    alone = run(0)
    together = run(2)
    assert len(alone) == len(together) == 5
    for (images, targets), (other_images, other_targets) in zip(alone, together, strict=True):
        assert np.array_equal(images, other_images)
        for key in ("boxes", "labels"):
            assert np.array_equal(targets[key], other_targets[key])
    assert not multiprocessing.active_children()


def test_evaluation_goes_through_epoch_0_in_order_and_ends_short():
    batches = list(eval_batches(NumberSource(10), batch_size=4, form=BatchForm(8, 1), workers=0))
    assert [len(batch.images) for batch in batches] == [4, 4, 2]
    assert [truth.image_id for batch in batches for truth in batch.truths] == list(range(10))
    assert batches[0].targets["boxes"][0, 0].tolist() == [0.25, 0, 0.5, 1]


def test_a_closed_iterator_is_at_its_end():
    with numbers(NumberSource(10), num_steps=100) as batches:
        next(batches)
    with pytest.raises(StopIteration):
        next(batches)
    batches.close()


def test_an_error_in_a_sample_reaches_the_reader():
    with pytest.raises(OSError, match="the disk is gone"):
        list(numbers(FailingSource(10), num_steps=3))


def test_a_negative_number_of_workers_is_an_error():
    with pytest.raises(ValueError, match="workers is -1"):
        numbers(NumberSource(10), num_steps=1, workers=-1)


ABANDON = """
import sys
from objloc.data import BatchForm, train_batches
from tests.data.number_source import NumberSource

if __name__ == "__main__":
    batches = train_batches(
        NumberSource(10), batch_size=4, form=BatchForm(8, 1), seed=0, start_step=0,
        num_steps=10**6, workers=int(sys.argv[1]),
    )
    next(batches)
    print("ready", flush=True)
    if len(sys.argv) > 2:
        sys.stdin.read()
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_abandoned_iterator_lets_python_exit_in_silence(workers: str):
    done = subprocess.run(
        [sys.executable, "-c", ABANDON, workers], capture_output=True, text=True, timeout=60
    )
    # Grain's word about JAX in a worker, which a program's own import of objloc.data silences.
    said = [line for line in done.stderr.splitlines() if "jax profiler" not in line]
    assert (done.returncode, done.stdout, said) == (0, "ready\n", [])


def test_workers_do_not_outlive_a_killed_parent():
    process = subprocess.Popen(
        [sys.executable, "-c", ABANDON, "1", "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(child.is_running() and child.status() != "zombie" for child in children):
        assert time.monotonic() < deadline, "a worker still runs"
        time.sleep(0.1)
