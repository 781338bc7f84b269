"""What two hundred photographs are enough for."""
