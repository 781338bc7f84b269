"""Bare ONNX Runtime: threads that ask a session with one decoded picture at a time."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from experiments.serving.load import Load


def bare(
    model: Path, pictures: Sequence[np.ndarray], clients: int, seconds: float, threads: int
) -> Load:
    """So many threads, each asking again as soon as it has its answer.

    Args:
        model: the ONNX file.
        pictures: uint8 (1, S, S, 3), as the model is fed them.
        clients: threads that ask.
        seconds: after a warm-up that doesn't count.
        threads: of one call; 0 for ONNX Runtime's own choice, one per core.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    begun = time.perf_counter() + min(1.0, seconds)
    ended = begun + seconds
    latencies: list[list[float]] = [[] for _ in range(clients)]

    def ask(client: int) -> None:
        number = 7 * client
        while (start := time.perf_counter()) < ended:
            session.run(None, {name: pictures[number % len(pictures)]})
            if start >= begun:
                latencies[client].append(1000 * (time.perf_counter() - start))
            number += 1

    asking = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    every = [value for one in latencies for value in one]
    p50, p99 = np.percentile(every, [50, 99])
    return Load(clients, len(every), 0, seconds, float(p50), float(p99))
