"""One file = one typology: a pattern of money laundering as a frozen declaration."""
