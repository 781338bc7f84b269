"""Tests of objloc.config: none of them loads TensorFlow, but test_targets.py."""
