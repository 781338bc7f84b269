"""Gradients of a localizer's numbers: the one place that knows how TensorFlow takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from jaxtyping import Float32, Float64

from objloc.insight.subject import SIDES, Quantity
from objloc.models import Localizer

Images = Float32[np.ndarray, "b s s 3"]


@dataclass(frozen=True)
class FeatureGradient:
    """A feature map of the backbone, and how one number of the answer changes with it.

    Attributes:
        activation: (h, w, channels).
        gradient: of the quantity with respect to `activation`, of the same shape.
    """

    activation: Float32[np.ndarray, "h w c"]
    gradient: Float32[np.ndarray, "h w c"]


def quantity_of(outputs: Mapping[str, Any], quantity: Quantity, candidate: int, label: int) -> Any:
    """One number of one candidate, for each of B pictures: (B,).

    Logits are as the head puts them out; sides are shares of the picture's side, 0..1.

    Args:
        outputs: `boxes` (B, K, 4), `class_logits` (B, K, C), `objectness` (B, K).
        quantity: which number.
        candidate: of which candidate.
        label: the class whose logit is meant by `class`.
    """
    if quantity == "class":
        return outputs["class_logits"][:, candidate, label]
    if quantity == "objectness":
        return outputs["objectness"][:, candidate]
    return outputs["boxes"][:, candidate, SIDES.index(quantity)]


def input_gradients(
    localizer: Localizer, images: Images, quantity: Quantity, candidate: int, label: int
) -> tuple[Float32[np.ndarray, " b"], Images]:
    """The quantity for each picture, (B,), and its gradient with respect to the pixels.

    Args:
        localizer: the model.
        images: RGB, 0..255, of the model's size; they need not be whole numbers.
        quantity: as `quantity_of` takes it.
        candidate: likewise.
        label: likewise.
    """
    pixels = tf.convert_to_tensor(images, tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(pixels)
        features = localizer.backbone(pixels, training=False)
        outputs = localizer.head(features, training=False)
        values = quantity_of(outputs, quantity, candidate, label)
    gradient = tape.gradient(values, pixels, unconnected_gradients="zero")
    return np.asarray(values, np.float32), np.asarray(gradient, np.float32)


def feature_gradients(
    localizer: Localizer, images: Images, quantity: Quantity, candidate: int, label: int
) -> dict[int, list[FeatureGradient]]:
    """For each feature map of the backbone, by its stride: one `FeatureGradient` a picture.

    Maps that the quantity does not depend on have a gradient of zero. Arguments as for
    `input_gradients`.
    """
    pixels = tf.convert_to_tensor(images, tf.float32)
    features = localizer.backbone(pixels, training=False)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features)
        outputs = localizer.head(features, training=False)
        values = quantity_of(outputs, quantity, candidate, label)
    gradients = tape.gradient(values, features, unconnected_gradients="zero")
    return {
        int(stride): _pairs(np.asarray(features[stride]), np.asarray(gradients[stride]))
        for stride in features
    }


def answer_gradients(
    localizer: Localizer,
    images: Any,
    quantities: Sequence[Quantity],
    candidates: Sequence[int],
    labels: Sequence[int],
) -> dict[Quantity, list[dict[int, FeatureGradient]]]:
    """As `feature_gradients`, for several numbers and for a candidate of each picture's own.

    The backbone is asked once for all of them.

    Args:
        localizer: the model.
        images: RGB (B, S, S, 3), 0..255.
        quantities: which numbers.
        candidates: of which candidate, for each picture.
        labels: the class whose logit is meant by `class`, for each picture.

    Returns:
        For each number and picture, by stride.
    """
    features = localizer.backbone(tf.cast(images, tf.float32), training=False)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(features)
        outputs = localizer.head(features, training=False)
        own = {
            name: tf.gather(outputs[name], candidates, batch_dims=1)[:, None]
            for name in ("boxes", "class_logits", "objectness")
        }
        own["class_logits"] = tf.gather(own["class_logits"], labels, axis=2, batch_dims=1)
        own["class_logits"] = own["class_logits"][..., None]  # (B, 1, 1)
        values = {quantity: quantity_of(own, quantity, 0, 0) for quantity in quantities}
    found: dict[Quantity, list[dict[int, FeatureGradient]]] = {}
    for quantity, value in values.items():
        gradients = tape.gradient(value, features, unconnected_gradients="zero")
        by_stride = {
            int(stride): _pairs(np.asarray(features[stride]), np.asarray(gradients[stride]))
            for stride in features
        }
        found[quantity] = [
            {stride: pairs[place] for stride, pairs in by_stride.items()}
            for place in range(len(candidates))
        ]
    return found


def weight_products(
    localizer: Localizer,
    images: Any,
    variables: Sequence[Any],
    numbers: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> tuple[dict[str, float], Float64[np.ndarray, "weights parts parts"]]:
    """Several numbers of one batch, and the inner products of their gradients, weight by weight.

    They say how long each gradient is, how long that of any weighted sum, and which angles they
    have with one another, over any choice of weights. The model is asked as when it answers: batch
    normalisation uses its stored statistics, dropout drops nothing, and nothing changes.

    Args:
        localizer: the model.
        images: RGB (B, S, S, 3), 0..255.
        variables: Keras' variables with respect to which the gradients are taken.
        numbers: makes scalars by name of the head's outputs.

    Returns:
        The numbers, and for each variable the products of the gradients, in their order.
    """
    values = [variable.value for variable in variables]
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        for value in values:
            tape.watch(value)
        features = localizer.backbone(tf.cast(images, tf.float32), training=False)
        found = numbers(localizer.head(features, training=False))
    gradients = [
        [np.ravel(one) for one in tape.gradient(number, values, unconnected_gradients="zero")]
        for number in found.values()
    ]
    products = np.zeros((len(values), len(found), len(found)))
    for row, first in enumerate(gradients):
        for column, second in enumerate(gradients[: row + 1]):
            for place, (one, other) in enumerate(zip(first, second, strict=True)):
                products[place, row, column] = products[place, column, row] = np.dot(one, other)
    return {name: float(number) for name, number in found.items()}, products


def _pairs(activations: np.ndarray, gradients: np.ndarray) -> Sequence[Any]:
    return [
        FeatureGradient(activation.astype(np.float32), gradient.astype(np.float32))
        for activation, gradient in zip(activations, gradients, strict=True)
    ]
