"""The tables of the money laundering desk, in a database of its own. Way: migrations, desk -> here.

What was said stays: notes, assessments, drafts and filings can only be added, by trigger. The log
of every step and every look is the chain `aml:<jurisdiction>` of the audit tables beside them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
_BIG = BigInteger().with_variant(Integer(), "sqlite")
APPENDED = ("aml_alert", "aml_note", "aml_assessment", "aml_draft", "aml_review", "aml_filing")


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, _BIG, nullable=null, autoincrement=False)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=null)


ALERT = Table(
    "aml_alert", METADATA, _text("id"), _text("jurisdiction"), _text("player"), _text("typology"),
    _text("case_id"), _number("since_us"), _number("until_us"), _number("raised_us"),
    _text("body"), PrimaryKeyConstraint("id"),
    Index("aml_alert_of_player", "player", "raised_us"),
    Index("aml_alert_of_case", "case_id"),
)  # fmt: skip
CASE = Table(
    "aml_case", METADATA, _text("id"), _text("jurisdiction"), _text("player"), _text("state"),
    _number("opened_us"), _text("taken_by"), _text("proposed"), _text("proposed_by"),
    _text("decision"), _number("decided_us", null=True),
    PrimaryKeyConstraint("id"),
    Index("aml_case_of_player", "player", "state"),
)  # fmt: skip
NOTE = Table(
    "aml_note", METADATA, _text("case_id"), _number("seq"), _number("at_us"), _text("staff_id"),
    _text("said"), PrimaryKeyConstraint("case_id", "seq"),
)  # fmt: skip
ASSESSMENT = Table(
    "aml_assessment", METADATA, _text("case_id"), _number("seq"), _number("at_us"),
    _text("staff_id"), _text("step"), _text("decision"), _text("reason"),
    PrimaryKeyConstraint("case_id", "seq"),
)  # fmt: skip
DRAFT = Table(
    "aml_draft", METADATA, _text("id"), _text("case_id"), _text("kind"), _number("version"),
    _number("made_us"), _text("made_by"), _number("due_us", null=True), _text("hash"),
    _text("body"), _text("document"), PrimaryKeyConstraint("id"),
    UniqueConstraint("case_id", "kind", "version", name="aml_draft_version"),
)  # fmt: skip
REVIEW = Table(
    "aml_review", METADATA, _text("draft_id"), _text("reviewed_by"), _number("reviewed_us"),
    _text("verdict"), _text("reason"), PrimaryKeyConstraint("draft_id"),
)  # fmt: skip
FILING = Table(
    "aml_filing", METADATA, _text("draft_id"), _text("filed_by"), _number("filed_us"),
    _text("reference"), PrimaryKeyConstraint("draft_id"),
)  # fmt: skip
STAFF = Table(
    "aml_staff", METADATA, _text("staff_id"), _text("jurisdiction"), _text("role"),
    _number("since_us"), _text("given_by"),
    PrimaryKeyConstraint("staff_id", "jurisdiction", "role"),
)  # fmt: skip
