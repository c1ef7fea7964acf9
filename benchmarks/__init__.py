"""Figures: public data and speed ratios. Loaders and results, never the data."""
