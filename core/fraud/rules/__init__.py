"""Rules of fraud, one file each, found by `core.discover`."""
