"""A player's state: what of his past the windows still need, kept as tiles. One idea a file."""
