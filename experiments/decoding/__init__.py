"""A study: what suppression costs."""
