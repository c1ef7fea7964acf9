"""One file = one model card."""
