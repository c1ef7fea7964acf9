"""The kinds of record of the common export, one a file."""
