"""Heads: feature maps in, candidates out."""

from objloc.models.heads.grid import Grid
from objloc.models.heads.head import Head
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax

__all__ = ["Grid", "Head", "Regression", "SoftArgmax"]
