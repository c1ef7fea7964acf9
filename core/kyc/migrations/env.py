"""Alembic's entry: runs the versions on the connection `core.kyc.migrate` gives it."""

from alembic import context

from core.kyc.schema import METADATA


def run() -> None:
    """Run the versions, in one transaction where the database can."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA, version_table="kyc_version")
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # what Alembic calls this file while it runs it
    run()
