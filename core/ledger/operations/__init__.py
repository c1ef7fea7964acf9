"""What a call may ask of the ledger, one operation a file; found because it lies here."""
