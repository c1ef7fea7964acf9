"""Scores to decisions: the BentoML service, its gate and its reasons."""
