"""Layers that backbones and heads are built of."""

from objloc.models.layers.conv_block import ConvBlock
from objloc.models.layers.feature_pyramid import FeaturePyramid
from objloc.models.layers.path_aggregation import PathAggregation
from objloc.models.layers.pixel_normalization import PixelNormalization
from objloc.models.layers.residual_block import ResidualBlock

__all__ = ["ConvBlock", "FeaturePyramid", "PathAggregation", "PixelNormalization", "ResidualBlock"]
