"""One file = one kind of Fast Track message, both ways, with what it loses."""
