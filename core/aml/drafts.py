"""Drafts of reports from a decided case. Way: desk -> here -> filing.

A draft is data and a document made of it; `core.aml.filing` has what becomes of it. A new draft of
a case is a new version beside the old.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection, Engine

from core.aml.access import body, log
from core.aml.desk import By, Case, CaseError, Desk
from core.aml.document import Draft, Subject, document_of
from core.aml.evidence import Line
from core.aml.policy import Policy, Report
from core.aml.schema import DRAFT
from core.audit.canonical import canonical
from core.errors import NotReadyError
from core.ids import derived_id
from core.money import amount_minor


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it is kept; `hash` is the SHA-256 of its data in canonical JSON."""

    id: str
    hash: str
    due_us: int | None
    document: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Which draft: of what case, of what kind, and whether somebody is suspected by name."""

    case_id: str
    kind: str
    is_suspect_known: bool = True


def draft_report(engine: Engine, policy: Policy, by: By, wish: Wish) -> Kept:
    """Make a draft from a case decided as a report.

    Raises:
        CaseError: the case is not decided so, or its sum is below what the report asks.
    """
    case_id, kind = wish.case_id, wish.kind
    case = Desk(engine).case(by, case_id)
    report = policy.report(kind)
    if case.decision != "report":
        raise CaseError(f"case {case_id} is {case.state} {case.decision}", expected="a report")
    with engine.begin() as connection:
        version = _versions(connection, case_id, kind) + 1
        due_us = policy.due_us(report, case.opened_us, is_suspect_known=wish.is_suspect_known)
        draft = _draft(case, policy, report, (version, due_us, wish.is_suspect_known))
        kept = _kept(draft)
        connection.execute(insert(DRAFT).values(
            id=kept.id, case_id=case_id, kind=kind, version=version, made_us=by.at_us,
            made_by=by.staff_id, due_us=due_us, hash=kept.hash, body=canonical(draft),
            document=kept.document,
        ))  # fmt: skip
        log(connection, case.jurisdiction,
            body("AML_REPORT_DRAFTED", by.at_us, by.staff_id, case.jurisdiction, case=case_id,
                 player=case.player, draft=kept.id, kind=kind, hash=kept.hash))  # fmt: skip
    return kept


def _versions(connection: Connection, case_id: str, kind: str) -> int:
    wanted = select(func.count()).where(DRAFT.c.case_id == case_id, DRAFT.c.kind == kind)
    return connection.execute(wanted).scalar_one()


def _draft(case: Case, policy: Policy, report: Report, made: tuple[int, int | None, bool]) -> Draft:
    version, due_us, is_suspect_known = made
    evidence = [alert.evidence for alert in case.alerts]
    if not evidence:
        raise NotReadyError(f"case {case.id} has no alert", expected="a pattern to report")
    lines = sorted({line for one in evidence for line in one.transactions}, key=_order)
    currency = policy.pack.currency
    total = sum(line.amount for line in lines if line.kind in ("deposit", "withdrawal"))
    if report.amount and total < amount_minor(report.amount, currency):
        raise CaseError(
            f"{report.kind} of less than {report.amount} {currency}", expected="at least that"
        )
    others = sorted({other for one in evidence for other in one.others})
    return Draft(
        kind=report.kind, version=version, case=case.id, jurisdiction=case.jurisdiction,
        timezone=policy.pack.timezone, currency=currency, due_us=due_us,
        subject=Subject(case.player, tuple(others), is_suspect_known),
        since_us=min(one.since_us for one in evidence),
        until_us=max(one.until_us for one in evidence), amount=total,
        findings=tuple(evidence), transactions=tuple(lines),
        reasons=tuple(str(said["reason"]) for said in case.assessments),
    )  # fmt: skip


def _order(line: Line) -> tuple[int, str, str]:
    return line.at_us, line.player, line.id


def _kept(draft: Draft) -> Kept:
    said = canonical(draft)
    digest = sha256(said.encode()).hexdigest()
    name = f"{draft.case}|{draft.kind}|{draft.version}"
    return Kept(
        id=str(derived_id("aml/draft", name)), hash=digest, due_us=draft.due_us,
        document=document_of(draft, digest),
    )  # fmt: skip
