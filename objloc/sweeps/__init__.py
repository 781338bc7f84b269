"""Sweeps: grids and searches that can be gone on with, pruned and compared."""
