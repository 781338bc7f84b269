"""Runs a localizer over a set of pictures and adds up what its layers put out."""

from typing import Any

import keras
import numpy as np
from jaxtyping import UInt8

from objloc.insight.layers.layer_paths import Layers
from objloc.insight.layers.layer_statistics import LayerStatistics, LayerTally
from objloc.insight.layers.recording import LayerCall, Recording, as_array, run, watched
from objloc.models import Localizer

_BATCH = 8


def measure_layers(
    localizer: Localizer, recording: Recording, pictures: UInt8[np.ndarray, "n s s 3"]
) -> list[LayerStatistics]:
    """Statistics of every layer that puts out one tensor of numbers, in the order of the calls.

    Where a block's last part puts out what the block does, the block alone is there. Of one layer's
    output nothing is kept but the tally: memory does not grow with the pictures, and there is one
    batch's output of one layer in it beside what Keras needs. What is done to the pixels before the
    first weights is left out: what is dead or alike there is so in the pictures.

    Args:
        localizer: the model.
        recording: of at least one picture, to know what its layers put out.
        pictures: RGB, of the model's size; at least one.
    """
    repeats = recording.repeats()
    tallies: dict[str, LayerTally] = {}
    weighted = False
    for call in recording.calls:
        weighted = weighted or _parameters(recording.layers[call.path]) > 0
        if weighted and call.path not in repeats and _is_numbers(call.output):
            layer = recording.layers[call.path]
            tallies[call.path] = LayerTally(
                call.path,
                type(layer).__name__,
                _parameters(layer),
                _ends_in_sigmoid(recording.layers, call.path, repeats),
            )

    def tell(call: LayerCall) -> None:
        tallies[call.path].add(as_array(call.output))

    with watched({path: recording.layers[path] for path in tallies}, tell):
        for start in range(0, len(pictures), _BATCH):
            run(localizer, pictures[start : start + _BATCH])
    return [tally.statistics() for tally in tallies.values()]


def _is_numbers(output: Any) -> bool:
    return len(getattr(output, "shape", ())) >= 2 and "float" in str(output.dtype)


def _parameters(layer: keras.Operation) -> int:
    return int(layer.count_params()) if isinstance(layer, keras.layers.Layer) else 0


def _ends_in_sigmoid(layers: Layers, path: str, repeats: dict[str, str]) -> bool:
    same = [path, *(part for part, whole in repeats.items() if whole == path)]
    sigmoid = keras.activations.sigmoid
    return any(getattr(layers[one], "activation", None) is sigmoid for one in same)
