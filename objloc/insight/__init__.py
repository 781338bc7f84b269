"""Looking inside a trained model: where it looks, what it computes, how it learned, how it breaks.

Names are imported from the modules themselves: what asks a model as a black box must not load
TensorFlow.
"""
