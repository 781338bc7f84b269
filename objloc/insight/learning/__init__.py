"""How a model learned: what was recorded of a training, what it shows, and its page.

Reads what `objloc.training.callbacks.LearningRecord` writes; needs neither TensorFlow nor the
model.
"""
