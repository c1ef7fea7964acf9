"""Alembic's entry: runs the versions on the connection `core.ledger.migrate` gives it."""

from alembic import context

from core.ledger.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
