"""The reports there are, one a file."""
