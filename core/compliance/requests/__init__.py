"""One file = one family of requests the compliance desk is asked about."""
