"""Backbones: pictures in, feature maps by stride out."""

from objloc.models.backbones.applications import application
from objloc.models.backbones.classic import classic
from objloc.models.backbones.convolutional import convolutional

__all__ = ["application", "classic", "convolutional"]
