"""The event contract: one envelope, typed facts by family, one codec."""
