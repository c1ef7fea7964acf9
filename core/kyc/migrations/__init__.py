"""The vault's tables, version by version (Alembic)."""
