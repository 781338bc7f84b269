"""Layers that backbones and heads are built of."""

from objloc.models.layers.conv_block import ConvBlock
from objloc.models.layers.feature_pyramid import FeaturePyramid
from objloc.models.layers.pixel_normalization import PixelNormalization
from objloc.models.layers.residual_block import ResidualBlock

__all__ = ["ConvBlock", "FeaturePyramid", "PixelNormalization", "ResidualBlock"]
