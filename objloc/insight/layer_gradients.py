"""Gradients of single cells inside a localizer, and of a candidate, with respect to the pixels."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from jaxtyping import Float32, UInt8

from objloc.insight.layers.recording import LayerCall, Recording, run, watched
from objloc.models import Localizer

Answer = Literal["where", "what"]
"""Of a candidate: its four sides, or its objectness and its classes."""

_BATCH = 8

Map = Float32[np.ndarray, "s s"]


def cell_gradients(
    localizer: Localizer,
    recording: Recording,
    images: UInt8[np.ndarray, "n s s 3"],
    cells: Mapping[str, tuple[int, int]],
    seed: int = 0,
) -> dict[str, Map]:
    """For one cell of each layer: the root mean square gradient at each pixel.

    A cell has many channels. For each picture they are summed with random signs: the mean of the
    squared gradient of that sum is the sum of the squared gradients of the channels (Hutchinson
    1989, "A stochastic estimator of the trace"), at the cost of one of them.

    Args:
        localizer: the model.
        recording: to know its layers.
        images: RGB, of the model's size.
        cells: row and column in the layer's map, by the layer's path; the last call counts.
        seed: of the signs.
    """
    generator = np.random.default_rng(seed)
    layers = {path: recording.layers[path] for path in cells}
    squares = {path: np.zeros(images.shape[1:3]) for path in cells}
    for start in range(0, len(images), _BATCH):
        pixels = tf.convert_to_tensor(images[start : start + _BATCH], tf.float32)
        sums: dict[str, Any] = {}

        def tell(call: LayerCall, sums: dict[str, Any] = sums) -> None:
            row, column = cells[call.path]
            sums[call.path] = _signed_sum(call.output[:, row, column], generator)

        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(pixels)
            with watched(layers, tell):
                run(localizer, pixels)
        for path, total in sums.items():
            squares[path] += _summed_squares(tape.gradient(total, pixels))
        del tape
    return {
        path: np.sqrt(total / len(images)).astype(np.float32) for path, total in squares.items()
    }


def candidate_gradients(
    localizer: Localizer,
    images: UInt8[np.ndarray, "n s s 3"],
    candidate: int,
    seed: int = 0,
) -> dict[Answer, Map]:
    """For one candidate: the root mean square gradient of its answer at each pixel.

    Arguments as for `cell_gradients`; the numbers of one answer are summed with random signs.
    """
    generator = np.random.default_rng(seed)
    squares: dict[Answer, np.ndarray] = {
        "where": np.zeros(images.shape[1:3]),
        "what": np.zeros(images.shape[1:3]),
    }
    for start in range(0, len(images), _BATCH):
        pixels = tf.convert_to_tensor(images[start : start + _BATCH], tf.float32)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(pixels)
            _, outputs = run(localizer, pixels)
            logits = tf.concat(
                [outputs["class_logits"][:, candidate], outputs["objectness"][:, candidate, None]],
                axis=1,
            )
            sums: dict[Answer, Any] = {
                "where": _signed_sum(outputs["boxes"][:, candidate], generator),
                "what": _signed_sum(logits, generator),
            }
        for answer, total in sums.items():
            squares[answer] += _summed_squares(tape.gradient(total, pixels))
        del tape
    return {
        answer: np.sqrt(total / len(images)).astype(np.float32) for answer, total in squares.items()
    }


def _signed_sum(values: Any, generator: np.random.Generator) -> Any:
    """Each picture's numbers (B, n), added or taken away at random: (B,)."""
    signs = generator.choice(np.array([-1, 1], np.float32), values.shape)
    return tf.reduce_sum(tf.cast(values, tf.float32) * signs, axis=1)


def _summed_squares(gradient: Any) -> np.ndarray:
    """(S, S) from a gradient (B, S, S, 3), or from None where nothing depends on the pixels."""
    if gradient is None:
        return np.zeros(1)
    return np.square(np.asarray(gradient, np.float64)).sum(axis=(0, 3))
