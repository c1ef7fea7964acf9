"""One file = one check: what a rule of a pack means, as a pure function."""
