"""What a search finds, and what pruning saves."""
