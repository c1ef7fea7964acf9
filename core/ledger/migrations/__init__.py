"""How the ledger's tables came to be, version by version. A version that shipped never changes."""
