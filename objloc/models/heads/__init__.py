"""Heads: feature maps in, candidates out."""

from objloc.models.heads.grid import Grid
from objloc.models.heads.head import Head
from objloc.models.heads.regression import Regression

__all__ = ["Grid", "Head", "Regression"]
