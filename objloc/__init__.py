"""objloc: say in YAML what to look for, train a localizer, compare every run."""

import os

from objloc.lazy_imports import lazy_imports

__version__ = "0.1.0"

# Heavy libraries read these once, when they are first imported, so they are set before any part
# of objloc can import one. A value that the user exported wins.
for _name, _value in {
    # TensorFlow's C++ side tells of missing GPUs and CPU features on every start, some of it as
    # errors; what goes wrong in earnest also reaches Python, as an exception.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Otherwise Keras takes the backend of ~/.keras/keras.json, and runs would differ by machine.
    "KERAS_BACKEND": "tensorflow",
    # albumentations looks for updates over the network when it is imported.
    "NO_ALBUMENTATIONS_UPDATE": "1",
    # ONNX Runtime reports to its makers, and keeps an id of this machine for that in ~/.cache.
    "ORT_DISABLE_TELEMETRY": "1",
}.items():
    os.environ.setdefault(_name, _value)

# Imported when it is first asked for; what type checkers are told of it stands in __init__.pyi.
__getattr__ = lazy_imports(__name__, {"load": "loading.load_model"})
