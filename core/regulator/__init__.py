"""A regulator reads: reports, exports, the log of his place. Way: shelf, log -> here -> him."""
