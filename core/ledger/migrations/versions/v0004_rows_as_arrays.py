"""PostgreSQL: rows go to and from the functions as arrays of their values, without names."""

from alembic import op

from core.ledger.migrations.postgres_functions import make_functions

revision, down_revision = "0004", "0003"
branch_labels, depends_on = None, None


def upgrade() -> None:
    """Make the functions anew."""
    if op.get_bind().dialect.name == "postgresql":
        make_functions()
