"""What downstream is told of an operation, one kind a file; found because it lies here."""
