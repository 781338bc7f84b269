"""Comparing runs: which setting is best, by how much, and whether that is more than luck."""
