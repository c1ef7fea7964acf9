"""One file = one register: whom it knows by what, and what it can say."""
