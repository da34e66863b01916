"""The pure parts of the broker."""
