"""One file = one rule, a pure function of request and state."""
