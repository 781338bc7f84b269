"""Studies: each a folder with its question, the exact command, the measured table, the pictures."""
