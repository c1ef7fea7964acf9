"""What becomes of a draft: another reads it, a person files it. Way: drafts -> here -> authority.

    draft -> reviewed: agreed  -> filed by a person, under a reference
                     : refused -> a new version of the draft

The system never files. That a person did, and under which number, is told afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.engine import Connection, Engine

from core.aml.access import AccessError, body, check_role, log
from core.aml.desk import By, CaseError, is_id
from core.aml.schema import CASE, DRAFT, FILING, REVIEW
from core.aml.words import check_name, check_words

AGREED, REFUSED = "agreed", "refused"


def review_report(engine: Engine, by: By, draft_id: str, reason: str, *, agrees: bool) -> None:
    """Say of another's draft whether it can be filed; it is said once.

    Raises:
        CaseError: there is no such draft, he made it himself, or it was reviewed.
        WordsError: no reason is given.
    """
    check_words(reason, "a review")
    with _draft_of(engine, by, draft_id) as (connection, draft):
        if by.staff_id == draft.made_by:
            raise CaseError(f"{by.staff_id} made the draft himself", expected="a second person")
        if _review(connection, draft_id) is not None:
            raise CaseError(f"draft {draft_id} was reviewed", expected="once")
        verdict = AGREED if agrees else REFUSED
        connection.execute(insert(REVIEW).values(
            draft_id=draft_id, reviewed_by=by.staff_id, reviewed_us=by.at_us, verdict=verdict,
            reason=reason,
        ))  # fmt: skip
        _say(connection, draft, by, "AML_REPORT_REVIEWED", verdict=verdict, reason=reason)


def file_report(engine: Engine, by: By, draft_id: str, reference: str) -> None:
    """Note that a person filed a draft, and under which reference.

    Raises:
        CaseError: there is no such draft, nobody agreed to it, or it was filed before.
        WordsError: no reference is given.
    """
    check_name(reference, "a reference")
    with _draft_of(engine, by, draft_id) as (connection, draft):
        if _review(connection, draft_id) != AGREED:
            raise CaseError(
                f"nobody agreed to draft {draft_id}", expected="a review by a second person",
                hint="`evenhand aml review`",
            )  # fmt: skip
        if connection.execute(select(FILING).where(FILING.c.draft_id == draft_id)).first():
            raise CaseError(f"draft {draft_id} was filed", expected="once")
        connection.execute(insert(FILING).values(
            draft_id=draft_id, filed_by=by.staff_id, filed_us=by.at_us, reference=reference,
        ))  # fmt: skip
        _say(connection, draft, by, "AML_REPORT_FILED", reference=reference)


@contextmanager
def _draft_of(engine: Engine, by: By, draft_id: str) -> Iterator[tuple[Connection, Row[Any]]]:
    """Find a draft and lock its case; one he may not see is as one not there, and told."""
    missing = CaseError(f"no draft {draft_id[:40]!r}", hint="`evenhand aml draft` makes one")
    if not is_id(draft_id):
        raise missing
    wanted = (
        select(CASE.c.jurisdiction, CASE.c.player, CASE.c.id, DRAFT.c.hash, DRAFT.c.made_by,
               DRAFT.c.id.label("draft"))
        .join(DRAFT, DRAFT.c.case_id == CASE.c.id)
        .where(DRAFT.c.id == draft_id)
        .with_for_update(of=CASE)
    )  # fmt: skip
    with engine.begin() as connection:
        row: Row[Any] | None = connection.execute(wanted).one_or_none()  # type: ignore[assignment]
        if row is None:
            raise missing
        try:
            check_role(connection, by.staff_id, row.jurisdiction)
        except AccessError:
            _say(connection, row, by, "AML_REFUSED")
        else:
            yield connection, row
            return
    raise missing


def _review(connection: Connection, draft_id: str) -> str | None:
    return connection.execute(
        select(REVIEW.c.verdict).where(REVIEW.c.draft_id == draft_id)
    ).scalar()


def _say(connection: Connection, draft: Row[Any], by: By, event: str, **inputs: Any) -> None:
    log(connection, draft.jurisdiction,
        body(event, by.at_us, by.staff_id, draft.jurisdiction, player=draft.player,
             case=draft.id, draft=draft.draft, hash=draft.hash, **inputs))  # fmt: skip
