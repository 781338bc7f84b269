"""Bare ONNX Runtime: threads that ask a session with one decoded picture at a time."""

import threading
import time
from collections.abc import Sequence

import numpy as np

from experiments.serving.load import Load
from objloc.engines.exported_engine import ExportedEngine


def bare(
    engine: ExportedEngine, pictures: Sequence[np.ndarray], clients: int, seconds: float
) -> Load:
    """So many threads, each asking again as soon as it has its answer.

    Args:
        engine: the model.
        pictures: uint8 (1, S, S, 3), as the model is fed them.
        clients: threads.
        seconds: after a warm-up that doesn't count.
    """
    begun = time.perf_counter() + min(1.0, seconds)
    ended = begun + seconds
    latencies: list[list[float]] = [[] for _ in range(clients)]

    def ask(client: int) -> None:
        number = 7 * client
        while (start := time.perf_counter()) < ended:
            engine(pictures[number % len(pictures)])
            if start >= begun:
                latencies[client].append(1000 * (time.perf_counter() - start))
            number += 1

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [value for one in latencies for value in one]
    p50, p99 = np.percentile(every, [50, 99])
    return Load(clients, len(every), 0, seconds, float(p50), float(p99))
