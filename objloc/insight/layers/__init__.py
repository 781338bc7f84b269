"""What a model computes: every layer's output, its filters, its fields of view, its dead units.

Names are imported from the modules themselves: these need Keras, and some TensorFlow.
"""
