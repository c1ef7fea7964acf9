"""Alerts, cases, notes, assessments, drafts, filings, staff; and the audit tables beside them."""

import sqlalchemy as sa
from alembic import op

from core.aml.migrations.keeping import append_only
from core.audit.create import upgrade as make_log

revision, down_revision = "0001", None
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPENDED = ("aml_alert", "aml_note", "aml_assessment", "aml_draft", "aml_filing")


def upgrade() -> None:
    """Make everything."""
    make_log(op)
    _alerts()
    _words()
    _reports()
    for table in APPENDED:
        append_only(table)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _alerts() -> None:
    op.create_table(
        "aml_alert", _text("id"), _text("jurisdiction"), _text("player"), _text("typology"),
        _text("case_id"), _number("since_us"), _number("until_us"), _number("raised_us"),
        _text("body"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("aml_alert_of_player", "aml_alert", ["player", "raised_us"])
    op.create_index("aml_alert_of_case", "aml_alert", ["case_id"])
    op.create_table(
        "aml_case", _text("id"), _text("jurisdiction"), _text("player"), _text("state"),
        _number("opened_us"), _text("taken_by"), _text("proposed"), _text("proposed_by"),
        _text("decision"), _number("decided_us", null=True), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("aml_case_of_player", "aml_case", ["player", "state"])


def _words() -> None:
    op.create_table(
        "aml_note", _text("case_id"), _number("seq"), _number("at_us"), _text("staff_id"),
        _text("said"), sa.PrimaryKeyConstraint("case_id", "seq"),
    )  # fmt: skip
    op.create_table(
        "aml_assessment", _text("case_id"), _number("seq"), _number("at_us"), _text("staff_id"),
        _text("step"), _text("decision"), _text("reason"),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )  # fmt: skip
    op.create_table(
        "aml_staff", _text("staff_id"), _text("jurisdiction"), _text("role"),
        _number("since_us"), _text("given_by"),
        sa.PrimaryKeyConstraint("staff_id", "jurisdiction", "role"),
    )  # fmt: skip


def _reports() -> None:
    op.create_table(
        "aml_draft", _text("id"), _text("case_id"), _text("kind"), _number("version"),
        _number("made_us"), _text("made_by"), _number("due_us", null=True), _text("hash"),
        _text("body"), _text("document"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "kind", "version", name="aml_draft_version"),
    )  # fmt: skip
    op.create_table(
        "aml_filing", _text("draft_id"), _text("filed_by"), _number("filed_us"),
        _text("reference"), sa.PrimaryKeyConstraint("draft_id"),
    )  # fmt: skip
