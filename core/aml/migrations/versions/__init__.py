"""One file = one version of the desk's tables."""
