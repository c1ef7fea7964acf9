"""Triggers of the live way: one file = one trigger, found by `core.discover`."""
