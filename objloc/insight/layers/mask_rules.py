"""What layers do to a mask that says which cells depend on a pixel, in place of what they compute.

A mask has 0 where nothing depends on the pixel, and something above 0 where something does.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from objloc.insight.layers.replaced_calls import Call

Rule = Callable[..., Any]

_KEEP = (
    layers.Add,
    layers.Average,
    layers.Concatenate,
    layers.Cropping2D,
    layers.Flatten,
    layers.Maximum,
    layers.Permute,
    layers.Reshape,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
)
"""What they compute of a mask is the mask of what they compute."""

_MIX = {"Multiply", "Subtract", "Minimum", "Divide", "TrueDivide"}
"""Layers and operations whose result depends on each of its inputs, also where another is 0."""


def rule_for(step: keras.Operation, call: Call, is_block: bool) -> Rule:
    """What is to be called in place of a layer's `call`: masks in, the mask of its output out.

    Args:
        step: the layer, or an operation of a functional model.
        call: the layer's own.
        is_block: whether it is made of other layers, which have rules of their own: what it does
            between them (sums, parts, rearrangements of what is not negative) keeps masks.
    """
    if type(step).__name__ in _MIX:
        return _mix
    if is_block or isinstance(step, _KEEP) or not isinstance(step, layers.Layer):
        return lambda *args, **kwargs: _binary(call(*args, **kwargs))
    if isinstance(step, layers.Conv2DTranspose):
        return lambda x, *_, **__: _transposed(step, x)
    if isinstance(step, layers.Conv2D | layers.SeparableConv2D | layers.DepthwiseConv2D):
        return lambda x, *_, **__: _convolved(step, x)
    if isinstance(step, layers.MaxPooling2D | layers.AveragePooling2D):
        return lambda x, *_, **__: ops.max_pool(x, step.pool_size, step.strides, step.padding)
    if isinstance(step, layers.GlobalAveragePooling2D | layers.GlobalMaxPooling2D):
        return lambda x, *_, **__: ops.max(x, axis=(1, 2), keepdims=step.keepdims)
    if isinstance(step, layers.Dense):
        return lambda x, *_, **__: _spread(ops.max(x, axis=-1, keepdims=True), step.units)
    return _found_out(call)


def _convolved(layer: Any, x: Any) -> Any:
    """Every output of a window depends on all of it, whatever the weights are."""
    seen = ops.cast(ops.max(x, axis=-1, keepdims=True), "float32")
    kernel = ops.ones((*layer.kernel_size, 1, 1))
    found = ops.conv(seen, kernel, layer.strides, layer.padding, dilation_rate=layer.dilation_rate)
    channels = getattr(layer, "filters", None)
    if channels is None:  # depthwise
        channels = x.shape[-1] * layer.depth_multiplier
    return _spread(_binary(found), channels)


def _transposed(layer: Any, x: Any) -> Any:
    found = ops.conv_transpose(
        ops.cast(ops.max(x, axis=-1, keepdims=True), "float32"),
        ops.ones((*layer.kernel_size, 1, 1)),
        layer.strides,
        layer.padding,
        layer.output_padding,
        dilation_rate=layer.dilation_rate,
    )
    return _spread(_binary(found), layer.filters)


def _mix(*args: Any, **kwargs: Any) -> Any:
    masks = [one for one in keras.tree.flatten((args, kwargs)) if hasattr(one, "shape")]
    total = masks[0]
    for mask in masks[1:]:
        total = total + mask
    return _binary(total)


def _found_out(call: Call) -> Rule:
    """For any other layer: each cell depends on itself if a trial says so, else on all cells."""
    answer: list[bool] = []

    def rule(*args: Any, **kwargs: Any) -> Any:
        given = [one for one in keras.tree.flatten((args, kwargs)) if hasattr(one, "shape")]
        if not answer:
            answer.append(len(given) == 1 and _works_cell_by_cell(call, tuple(given[0].shape[1:])))
        seen = ops.max(given[0], axis=-1, keepdims=True)
        if answer[0]:
            return _spread(_binary(seen), given[0].shape[-1])
        like = call(*args, **kwargs)
        touched = sum(ops.max(one, axis=tuple(range(1, len(one.shape)))) for one in given)
        shape = (-1, *[1] * (len(like.shape) - 1))
        return _binary(ops.reshape(touched, shape) + ops.zeros_like(like))

    return rule


def _works_cell_by_cell(call: Call, shape: tuple[int, ...]) -> bool:
    """Whether other numbers in one cell change nothing in the other cells."""
    generator = np.random.default_rng(0)
    before = generator.uniform(0.1, 1, (1, *shape)).astype(np.float32)
    after = before.copy()
    cell = tuple(side // 2 for side in shape[:-1])
    after[(0, *cell)] = generator.uniform(1, 2, shape[-1])
    first, second = (np.array(ops.convert_to_numpy(call(ops.array(x)))) for x in (before, after))
    if first.shape != before.shape:
        return False
    first[(0, *cell)] = second[(0, *cell)] = 0
    return bool(np.array_equal(first, second))


def _binary(x: Any) -> Any:
    return keras.tree.map_structure(lambda one: ops.cast(one > 0, "float32"), x)


def _spread(x: Any, channels: int) -> Any:
    """One channel as so many."""
    return ops.broadcast_to(x, (*x.shape[:-1], channels))
