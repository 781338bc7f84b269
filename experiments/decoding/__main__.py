"""Measures how long candidates take to become detections, beside TensorFlow's own suppression.

python -m experiments.decoding
python -m experiments.decoding --rounds 50 --folder /tmp/try
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from objloc.decoding import Decoding, decode

HERE = Path(__file__).resolve().parent
CLASSES = 9
SIZES = ((1, 336), (32, 336), (1, 10_000), (16, 10_000))
"""Images at once, and candidates of each: the YOLO head at 128 px, and ten thousand."""
LIMITS = (10, 100)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything in turn, print the table, put it on the page."""
    parser = argparse.ArgumentParser(
        "python -m experiments.decoding", description="Measure what suppression costs."
    )
    parser.add_argument("--rounds", type=int, default=25, metavar="N", help="calls of each kind")
    parser.add_argument("--folder", type=Path, default=HERE, help="whose README.md gets the table")
    options = parser.parse_args(arguments)
    rows = []
    for images, count in SIZES:
        candidates = random_candidates(images, count)
        for limit in LIMITS:
            times = measure(candidates, limit, options.rounds)
            medians = [f"{statistics.median(one) * 1e3:.1f}" for one in times]
            rows.append([f"{images} × {count:,}", str(limit), *medians])
            print("  ".join(rows[-1]), flush=True)
    head = [
        "images × candidates",
        "detections",
        "graph, ms",
        "soft, ms",
        "NumPy, ms",
        "TensorFlow, ms",
    ]
    machine = Machine.here()
    table = "\n".join(
        [
            markdown_table([head, *rows]),
            "",
            f"Median of {options.rounds} calls, on {machine.hardware()}, with {machine.software()} "
            f"({time.strftime('%Y-%m-%d')}).",
        ]
    )
    print(f"\n{table}")
    page = options.folder / "README.md"
    if page.exists():
        page.write_text(replace_marked(page.read_text("utf-8"), "times", table), "utf-8")


def random_candidates(images: int, count: int) -> dict[str, np.ndarray]:
    """A localizer's outputs for made-up images: boxes anywhere, scores of all sizes."""
    rng = np.random.default_rng(0)
    centers, sides = (
        rng.uniform(0, 1, (images, count, 2)),
        rng.uniform(0.05, 0.3, (images, count, 2)),
    )
    outputs = {
        "boxes": np.concatenate([centers - sides / 2, centers + sides / 2], -1),
        "class_logits": rng.normal(0, 1, (images, count, CLASSES)),
        "objectness": rng.normal(-3, 2, (images, count)),
    }
    return {name: values.astype(np.float32) for name, values in outputs.items()}


def measure(candidates: dict[str, np.ndarray], limit: int, rounds: int) -> list[list[float]]:
    """Seconds of each call: hard and soft in the graph, NumPy, TensorFlow's own; in turn."""
    hard = Decoding(max_detections=limit)
    ways: list[Callable[[], Any]] = [
        _in_graph(candidates, hard),
        _in_graph(candidates, hard.changed(soft_sigma=0.5)),
        lambda: decode(candidates, hard),
        _tensorflow(candidates, hard),
    ]
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way()
    for _ in range(rounds):
        for way, seconds in zip(ways, times, strict=True):
            start = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - start)
    return times


def _in_graph(candidates: dict[str, np.ndarray], decoding: Decoding) -> Callable[[], Any]:
    import tensorflow as tf
    from keras import ops

    given = {name: tf.constant(values) for name, values in candidates.items()}
    compiled = tf.function(lambda outputs: decode(outputs, decoding, xp=ops))
    return lambda: compiled(given)["scores"].numpy()


def _tensorflow(candidates: dict[str, np.ndarray], decoding: Decoding) -> Callable[[], Any]:
    """`tf.image.combined_non_max_suppression`, which neither votes nor exports everywhere."""
    import tensorflow as tf

    from objloc.decoding import scores_and_labels

    scores, labels = scores_and_labels(candidates)
    by_class = tf.constant(scores[..., None] * np.eye(CLASSES, dtype=np.float32)[labels])
    boxes = tf.constant(candidates["boxes"][:, :, None, [1, 0, 3, 2]])

    @tf.function
    def compiled() -> Any:
        return tf.image.combined_non_max_suppression(
            boxes,
            by_class,
            max_output_size_per_class=decoding.max_detections,
            max_total_size=decoding.max_detections,
            iou_threshold=decoding.iou_threshold,
            score_threshold=decoding.score_threshold,
            clip_boxes=False,
        ).nmsed_scores

    return lambda: compiled().numpy()


if __name__ == "__main__":
    main()
