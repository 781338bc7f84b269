"""What runs exported models: each engine needs its runtime alone, none needs TensorFlow's Keras."""

from objloc.engines.open_engine import open_engine

__all__ = ["open_engine"]
