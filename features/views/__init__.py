"""One file = one feature view."""
