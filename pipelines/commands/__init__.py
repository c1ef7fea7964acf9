"""One file = one verb of the command line; each is thin and imports its work when called."""
