"""What bonuses promise and ask, one declared code a file in `codes`."""
