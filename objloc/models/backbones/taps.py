"""Finds the feature maps of a ready-made network that a head should see."""

from typing import Any

import keras

_PREPARES = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.ReLU,
)
"""Layers with which the blocks of a pre-activation network begin."""


def taps(network: keras.Model, image_size: int) -> dict[str, Any]:
    """The last feature map of each stride.

    That is the last tensor which everything after it is computed from: what a block puts out, not
    one of the branches inside. The bare result of a convolution is not taken where there is
    anything else, and where the next block begins with a normalisation or an activation of the map
    (ResNetV2, DenseNet), the map is taken after it. NASNet's cells also read the cell before the
    last, so that no tensor stands alone; there it is what a cell puts out, a concatenation.

    A stride doubles where the height falls by about half, and is four at once where the first
    convolution cuts the picture into patches (ConvNeXt). Unpadded convolutions (Inception,
    Xception, NASNet) leave maps that are somewhat smaller than S / stride.

    Args:
        network: built for pictures of one square size, without its top.
        image_size: that size S in pixels.

    Returns:
        ``{"2": (B, h, w, C), "4": …}``, finest first, without the full size.
    """
    readers = _readers(network)
    alone = _bottlenecks(network, readers)
    stride, height = 1, image_size
    levels: dict[int, list[keras.Operation]] = {}
    for operation in network.operations:
        shape = operation.output.shape
        if (
            len(shape) != 4
            or isinstance(operation, keras.layers.ZeroPadding2D)  # the next convolution's border
            or not (operation in alone or isinstance(operation, keras.layers.Concatenate))
        ):
            continue
        if shape[1] <= 0.7 * height:
            stride *= 4 if stride == 1 and shape[1] <= 0.3 * height else 2
        height = shape[1]
        levels.setdefault(stride, []).append(operation)
    levels.pop(1, None)
    return {
        str(stride): _prepared(_block_output(operations, alone), readers).output
        for stride, operations in levels.items()
    }


def _readers(network: keras.Model) -> dict[int, list[keras.Operation]]:
    """By the id of a tensor: the operations that read it."""
    readers: dict[int, list[keras.Operation]] = {}
    for operation in network.operations:
        readers.setdefault(id(operation.output), [])
        if not isinstance(operation, keras.layers.InputLayer):
            for tensor in keras.tree.flatten(operation.input):
                readers.setdefault(id(tensor), []).append(operation)
    return readers


def _bottlenecks(
    network: keras.Model, readers: dict[int, list[keras.Operation]]
) -> set[keras.Operation]:
    """The operations whose result alone leads from what is before to what is after."""
    place = {id(operation): index for index, operation in enumerate(network.operations)}
    found, last_read = set(), 0  # the furthest place where a tensor so far is still read
    for index, operation in enumerate(network.operations):
        if last_read <= index:
            found.add(operation)
        reading = [place[id(reader)] for reader in readers[id(operation.output)]]
        last_read = max([last_read, *reading])
    return found


def _block_output(
    operations: list[keras.Operation], alone: set[keras.Operation]
) -> keras.Operation:
    preferred = [operation for operation in operations if operation in alone]
    if not preferred:
        # Concatenations alone; the narrower ones are inside of a cell.
        widest = max(operation.output.shape[-1] for operation in operations)
        preferred = [each for each in operations if each.output.shape[-1] == widest]
    finished = [operation for operation in preferred if not _is_bare_convolution(operation)]
    return (finished or preferred)[-1]


def _prepared(
    operation: keras.Operation, readers: dict[int, list[keras.Operation]]
) -> keras.Operation:
    """The operation, or the normalisation and activation of its result."""
    for reader in readers[id(operation.output)]:
        if isinstance(reader, _PREPARES) and reader.output.shape == operation.output.shape:
            return _prepared(reader, readers)
    return operation


def _is_bare_convolution(operation: keras.Operation) -> bool:
    return (
        isinstance(operation, keras.layers.Conv2D)
        and operation.activation is keras.activations.linear
    )
