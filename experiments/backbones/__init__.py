"""What a larger backbone brings, and what it costs."""
