"""Money in and out through payment providers: provider.py says what one is, desk.py uses it."""
