"""Which box loss, and how much it should count."""
