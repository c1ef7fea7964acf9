"""One marker of harm a file."""
