"""One file = how one jurisdiction's money laundering desk works: thresholds, reports, numbers."""
