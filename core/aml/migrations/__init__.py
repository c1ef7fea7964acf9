"""The money laundering desk's tables, version by version (Alembic)."""
