"""Labelled pictures on disk: what their labels say, read once, and samples made from them."""

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.files.picture import read_picture

__all__ = ["Annotations", "Finding", "read_picture"]
