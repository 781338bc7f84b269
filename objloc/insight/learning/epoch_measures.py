"""What was measured at the end of one epoch of a training."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64


@dataclass(frozen=True)
class EpochMeasures:
    """Losses, gradients, updates and IoUs after an epoch; epoch 0 is before the first step.

    Gradients are those of the fixed training pictures for the weights that training changes, with
    the parts as they count in the sum that it minimises; validation is of the weights that are
    evaluated: with an EMA, the averages. The former is NaN where it was not measured.

    Attributes:
        epoch: epochs done.
        train_losses: the P parts, unweighted, on the training pictures.
        train_floors: what they cannot be below.
        val_losses: the same on the validation pictures.
        val_floors: likewise.
        products: for each of L layers the inner products of the P gradients.
        update_ratios: by how much of its length each layer's weights moved in the epoch's last
            step; NaN where none was taken, or they are all 0.
        ious: for each object of the validation pictures, its IoU with the detection that answers
            for it, at whatever score; 0 where none does.
    """

    epoch: int
    train_losses: Float64[np.ndarray, " parts"]
    train_floors: Float64[np.ndarray, " parts"]
    val_losses: Float64[np.ndarray, " parts"]
    val_floors: Float64[np.ndarray, " parts"]
    products: Float64[np.ndarray, "layers parts parts"]
    update_ratios: Float64[np.ndarray, " layers"]
    ious: Float64[np.ndarray, " n"]

    @property
    def train_excess(self) -> Float64[np.ndarray, " parts"]:
        """What is left to learn of each part, on the training pictures."""
        return np.maximum(self.train_losses - self.train_floors, 0.0)

    @property
    def val_excess(self) -> Float64[np.ndarray, " parts"]:
        """What is left to learn of each part, on the validation pictures."""
        return np.maximum(self.val_losses - self.val_floors, 0.0)

    @property
    def has_gradients(self) -> bool:
        """Was anything measured on the training pictures?"""
        return bool(np.isfinite(self.products).all())

    def part_norms(
        self, layers: Bool[np.ndarray, " layers"] | None = None
    ) -> Float64[np.ndarray, " parts"]:
        """How long each part's gradient is, over all layers or some."""
        return np.sqrt(np.diagonal(self._sum(layers)))

    def layer_norms(self) -> Float64[np.ndarray, " layers"]:
        """How long the gradient of the whole loss is in each layer."""
        return np.sqrt(np.maximum(self.products.sum(axis=(1, 2)), 0.0))

    def cosines(
        self, layers: Bool[np.ndarray, " layers"] | None = None
    ) -> Float64[np.ndarray, "parts parts"]:
        """The cosines between the parts' gradients; NaN where one of them is 0."""
        products = self._sum(layers)
        lengths = np.sqrt(np.diagonal(products))
        pairs = lengths[:, None] * lengths[None]
        return np.where(pairs > 0, products / np.where(pairs > 0, pairs, 1.0), np.nan)

    def _sum(self, layers: Bool[np.ndarray, " layers"] | None) -> Float64[np.ndarray, "p p"]:
        return (self.products if layers is None else self.products[layers]).sum(axis=0)
