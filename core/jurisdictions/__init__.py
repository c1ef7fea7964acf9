"""One file = one jurisdiction: its rules as data, with dates, marks and sources."""
