"""Writing a detector in each format: a module for each, imported when it is asked for."""
