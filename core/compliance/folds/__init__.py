"""One file = one fold: what a request that was decided changes in a part of the standing."""
