"""The verbs: simulate, land, backfill, train, evaluate, promote, serve."""
