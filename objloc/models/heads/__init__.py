"""Heads: feature maps in, candidates out. Each is a module of its own, which its option names."""

from objloc.models.heads.head import Head

__all__ = ["Head"]
