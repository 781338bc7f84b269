"""From a trained localizer to files that other runtimes read, checked against Keras."""
