"""A picture of the MLflow page on which the runs of a small sweep are compared."""
