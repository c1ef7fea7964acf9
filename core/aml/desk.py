"""The desk: alerts become cases, people decide them. Way: watching -> here -> its own database.

    open -> in_review -> decided: dismiss | edd
                      -> proposed (a report) -> decided: report       by somebody else
                                             -> in_review             he does not agree

Every step and every look is an entry of the chain `aml:<jurisdiction>`, in the transaction of the
step. Nothing here is told to the event log, to the wallet or to another desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, create_engine, event, func, insert, select, text, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from core.aml.access import AccessError, body, check_role, jurisdictions_of, log
from core.aml.migrate import database_url
from core.aml.schema import ALERT, ASSESSMENT, CASE, NOTE
from core.aml.watching import Alert
from core.aml.words import check_name, check_words
from core.errors import EvenhandError
from core.ids import derived_id

DECISIONS = ("dismiss", "edd", "report")
OPEN = ("open", "in_review", "proposed")


class CaseError(EvenhandError):
    """A step a case does not allow now."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when (UTC microseconds).

    Raises:
        WordsError: the name is none that could be kept.
    """

    staff_id: str
    at_us: int

    def __post_init__(self) -> None:
        if self.staff_id:  # nobody has no role
            check_name(self.staff_id, "who acts")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands, with all that was said."""

    id: str
    jurisdiction: str
    player: str
    state: str
    opened_us: int
    taken_by: str
    proposed: str
    proposed_by: str
    decision: str
    decided_us: int | None
    alerts: tuple[Alert, ...] = ()
    notes: tuple[dict[str, Any], ...] = ()
    assessments: tuple[dict[str, Any], ...] = ()


def open_desk(url: str) -> Engine:
    """Return an engine for the desk's database; SQLite is locked when a transaction begins."""
    parsed = database_url(url)
    engine = create_engine(parsed, poolclass=NullPool)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def keep_alerts(connection: Connection, alerts: Iterable[Alert]) -> list[Alert]:
    """Keep alerts that are new and bring each to a case; return the new ones.

    A player's alert joins his open case, else it opens one. One said before changes nothing, nor
    does one that only goes on with a pattern that was said, whoever found it and in what order.
    """
    if connection.dialect.name == "postgresql":  # a scan and a watch at once would open two cases
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aml_alert'))"))
    fresh = []
    for alert in alerts:
        if not _is_said(connection, alert):
            _keep(connection, alert)
            fresh.append(alert)
    return fresh


def _is_said(connection: Connection, alert: Alert) -> bool:
    seen = alert.evidence
    earlier = select(ALERT.c.body).where(
        ALERT.c.player == seen.player, ALERT.c.jurisdiction == alert.jurisdiction,
        ALERT.c.typology == seen.typology,
    )  # fmt: skip
    for said in connection.execute(earlier).scalars():
        one = msgspec.json.decode(said, type=Alert)
        is_near = abs(one.evidence.until_us - seen.until_us) <= seen.again_us
        if one.id == alert.id or (one.evidence.key == seen.key and is_near):
            return True
    return False


def _keep(connection: Connection, alert: Alert) -> None:
    place, player, at_us = alert.jurisdiction, alert.evidence.player, alert.raised_us
    wanted = select(CASE.c.id).where(
        CASE.c.player == player, CASE.c.jurisdiction == place, CASE.c.state.in_(OPEN)
    )
    case_id = connection.execute(wanted).scalar()
    bodies = []
    if case_id is None:
        case_id = str(derived_id("aml/case", alert.id))
        connection.execute(insert(CASE).values(
            id=case_id, jurisdiction=place, player=player, state="open", opened_us=at_us,
            taken_by="", proposed="", proposed_by="", decision="", decided_us=None,
        ))  # fmt: skip
        bodies.append(body("AML_CASE_OPENED", at_us, "", place, player=player, case=case_id))
    connection.execute(insert(ALERT).values(
        id=alert.id, jurisdiction=place, player=player, typology=alert.evidence.typology,
        case_id=case_id, since_us=alert.evidence.since_us, until_us=alert.evidence.until_us,
        raised_us=at_us, body=msgspec.json.encode(alert).decode(),
    ))  # fmt: skip
    raised = body("ALERT", at_us, "", place, player=player, case=case_id, alert=alert.id,
                  said=alert.evidence.said)  # fmt: skip
    log(connection, place, *bodies, raised | {"rule_id": alert.evidence.typology})


@dataclass(frozen=True, slots=True)
class Desk:
    """What staff may ask and do."""

    engine: Engine

    def alerts(self, by: By, *, player: str = "", most: int = 100) -> list[Alert]:
        """Return the newest alerts of the places somebody works for."""
        if player:
            check_name(player, "a player")
        with self._look(by, "alerts", player) as (connection, places):
            wanted = select(ALERT.c.body).where(ALERT.c.jurisdiction.in_(places))
            wanted = wanted.where(ALERT.c.player == player) if player else wanted
            rows = connection.execute(
                wanted.order_by(ALERT.c.raised_us.desc(), ALERT.c.id).limit(most)
            )
            return [msgspec.json.decode(text, type=Alert) for text in rows.scalars()]

    def cases(self, by: By, *, is_open: bool = True) -> list[Case]:
        """Return cases without what was said in them, the oldest first."""
        with self._look(by, "cases", "") as (connection, places):
            wanted = select(CASE).where(CASE.c.jurisdiction.in_(places))
            wanted = wanted.where(CASE.c.state.in_(OPEN)) if is_open else wanted
            rows = connection.execute(wanted.order_by(CASE.c.opened_us, CASE.c.id))
            return [_case(row) for row in rows]

    def case(self, by: By, case_id: str) -> Case:
        """Return a case with all that was said.

        Raises:
            CaseError: there is none, or none he may see.
        """
        with self._reach(by, case_id) as (connection, case):
            log(connection, case.jurisdiction,
                body("AML_READ", by.at_us, by.staff_id, case.jurisdiction, what="case",
                     case=case_id, player=case.player))  # fmt: skip
            return _whole(connection, case)

    def take(self, by: By, case_id: str) -> None:
        """Take a case up."""
        with self._step(by, case_id, ("open", "in_review")) as (connection, case):
            _set(connection, case, state="in_review", taken_by=by.staff_id)
            self._said(connection, case, by, "AML_CASE_TAKEN")

    def note(self, by: By, case_id: str, said: str) -> None:
        """Write a note; it stays as it is, also in a case that is decided."""
        check_words(said, "a note")
        with self._step(by, case_id, (*OPEN, "decided")) as (connection, case):
            row = {"case_id": case.id, "seq": _next(connection, NOTE, case.id), "said": said}
            connection.execute(insert(NOTE).values(**row, at_us=by.at_us, staff_id=by.staff_id))
            self._said(connection, case, by, "AML_NOTE", note=row["seq"])

    def decide(self, by: By, case_id: str, decision: str, reason: str) -> Case:
        """Decide a case, or propose a report, which somebody else must confirm.

        Raises:
            CaseError: the case is not in review, or there is no such decision.
            WordsError: no reason is given.
        """
        check_words(reason, "a reason")
        if decision not in DECISIONS:
            raise CaseError(f"a decision {decision!r}", expected=f"one of {', '.join(DECISIONS)}")
        with self._step(by, case_id, ("open", "in_review")) as (connection, case):
            step = "proposed" if decision == "report" else "decided"
            _assess(connection, case, by, (step, decision, reason))
            if decision == "report":
                _set(connection, case, state="proposed", proposed=decision, proposed_by=by.staff_id)
                self._said(connection, case, by, "AML_REPORT_PROPOSED", reason=reason)
            else:
                _set(connection, case, state="decided", decision=decision, decided_us=by.at_us)
                self._said(connection, case, by, "AML_DECIDED", decision=decision, reason=reason)
            return _found(connection, case_id)

    def confirm(self, by: By, case_id: str, reason: str, *, agrees: bool) -> Case:
        """Confirm a proposed report or send it back; never by who proposed it.

        Raises:
            CaseError: as `decide`, nothing is proposed, or it is his own proposal.
        """
        check_words(reason, "a reason")
        with self._step(by, case_id, ("proposed",)) as (connection, case):
            if by.staff_id == case.proposed_by:
                raise CaseError(f"{by.staff_id} proposed it himself", expected="a second person")
            step = "confirmed" if agrees else "sent_back"
            _assess(connection, case, by, (step, "report", reason))
            if agrees:
                _set(connection, case, state="decided", decision="report", decided_us=by.at_us)
            else:
                _set(connection, case, state="in_review", proposed="", proposed_by="")
            event_name = "AML_DECIDED" if agrees else "AML_SENT_BACK"
            self._said(connection, case, by, event_name, decision="report", reason=reason)
            return _found(connection, case_id)

    @contextmanager
    def _look(self, by: By, what: str, player: str) -> Iterator[tuple[Connection, list[str]]]:
        with self.engine.begin() as connection:
            places = jurisdictions_of(connection, by.staff_id)
            if not places:
                check_role(connection, by.staff_id, "any jurisdiction")
            for place in places:
                said = body("AML_READ", by.at_us, by.staff_id, place, what=what, player=player)
                log(connection, place, said)
            yield connection, places

    @contextmanager
    def _step(
        self, by: By, case_id: str, states: tuple[str, ...]
    ) -> Iterator[tuple[Connection, Case]]:
        with self._reach(by, case_id) as (connection, case):
            if case.state not in states:
                raise CaseError(f"case {case_id} is {case.state}", expected=" or ".join(states))
            yield connection, case

    @contextmanager
    def _reach(self, by: By, case_id: str) -> Iterator[tuple[Connection, Case]]:
        """Lock a case; one he may not see is answered as one that is not there, and told."""
        with self.engine.begin() as connection:
            case = _found(connection, case_id)
            try:
                check_role(connection, by.staff_id, case.jurisdiction)
            except AccessError:
                self._said(connection, case, by, "AML_REFUSED")
            else:
                yield connection, case
                return
        raise _missing(case_id)

    @staticmethod
    def _said(connection: Connection, case: Case, by: By, name: str, **inputs: Any) -> None:
        log(connection, case.jurisdiction,
            body(name, by.at_us, by.staff_id, case.jurisdiction, player=case.player,
                 case=case.id, **inputs))  # fmt: skip


def _found(connection: Connection, case_id: str) -> Case:
    if not is_id(case_id):
        raise _missing(case_id)
    wanted = select(CASE).where(CASE.c.id == case_id).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise _missing(case_id)
    return _case(row)


def is_id(said: str) -> bool:
    """Say whether a text has the form of the desk's ids; others are asked of no database."""
    try:
        return str(UUID(said)) == said
    except ValueError:
        return False


def _missing(case_id: str) -> CaseError:
    return CaseError(f"no case {case_id[:40]!r}", hint="`evenhand aml case list` shows yours")


def _case(row: Row[Any]) -> Case:
    return Case(**dict(zip(CASE.columns.keys(), row, strict=True)))


def _whole(connection: Connection, case: Case) -> Case:
    alerts = select(ALERT.c.body).where(ALERT.c.case_id == case.id)
    texts = connection.execute(alerts.order_by(ALERT.c.raised_us, ALERT.c.id)).scalars()
    notes, assessments = (
        tuple(dict(row) for row in connection.execute(
            select(table).where(table.c.case_id == case.id).order_by(table.c.seq)
        ).mappings())
        for table in (NOTE, ASSESSMENT)
    )  # fmt: skip
    return msgspec.structs.replace(
        case, alerts=tuple(msgspec.json.decode(text, type=Alert) for text in texts),
        notes=notes, assessments=assessments,
    )  # fmt: skip


def _assess(connection: Connection, case: Case, by: By, said: tuple[str, str, str]) -> None:
    step, decision, reason = said
    connection.execute(insert(ASSESSMENT).values(
        case_id=case.id, seq=_next(connection, ASSESSMENT, case.id), at_us=by.at_us,
        staff_id=by.staff_id, step=step, decision=decision, reason=reason,
    ))  # fmt: skip


def _next(connection: Connection, table: Any, case_id: str) -> int:
    last = connection.execute(select(func.max(table.c.seq)).where(table.c.case_id == case_id))
    return (last.scalar() or 0) + 1


def _set(connection: Connection, case: Case, **values: Any) -> None:
    connection.execute(update(CASE).where(CASE.c.id == case.id).values(**values))
