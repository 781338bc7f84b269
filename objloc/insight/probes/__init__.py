"""How a model breaks: what becomes of its answers when one thing about the picture is changed.

A probe varies one condition (size, place, noise, …) and holds everything else: the same scenes,
changed in that one way, are shown at every value. The model is asked as a black box, through
`objloc.evaluation.Predictor`: exported models are probed like any other, without TensorFlow.
"""
