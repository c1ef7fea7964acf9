"""The neutral protocol between us and a register. Way: desk -> here -> HTTP -> here -> desk.

    POST /registers/<name>/queries    -> Query,   answered by Said
    POST /registers/<name>/messages   -> Message, answered by Taken

JSON; amounts are decimal text of whole currency, instants ISO 8601 with a zone. A reply names the
query it answers and proves whom it is about; one that does not is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from core.compliance.calendar import Zone, instant_us
from core.compliance.parts import CheckPoint
from core.compliance.requests.holds import RegisterAnswered
from core.errors import EventError, MoneyError
from core.ledger.units import units
from core.registers.declaration import RegisterDeclaration
from core.registers.identity import proof

T = TypeVar("T")
BODY_MOST = 64 * 1024
MessageKind = Literal["confirmed", "rolled_back", "active", "inactive", "limit_set"]
STATUSES: Mapping[str, frozenset[str]] = {
    "exclusion": frozenset({"listed", "clear"}),
    "deposit_limit": frozenset({"clear", "missing"}),
    "activity": frozenset({"busy", "free"}),
}
"""What each kind of register can say of a person."""


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question about a person at a check point.

    Of a limit file it also reserves `amount` for `payment_id` if it fits; whatever becomes of the
    payment is told by a message.
    """

    query_id: str
    at: CheckPoint
    subject: dict[str, str]
    payment_id: str = ""
    amount: str = ""
    currency: str = ""


class Used(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is used of a limit in the frame that runs; `limit` null where none is set."""

    period: str
    used: str
    limit: str | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A register's reply. `since` is when the status began, `until` when a listing ends."""

    query_id: str
    proof: str
    status: str
    since: str | None = None
    until: str | None = None
    limits: tuple[Used, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a register is told: a payment's end, play begun or over, a limit set.

    The same `message_id` told again changes nothing.
    """

    message_id: str
    kind: MessageKind
    subject: dict[str, str]
    payment_id: str = ""
    amount: str = ""
    currency: str = ""
    period: str = ""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """That a message was taken."""

    message_id: str


class Unanswered(Exception):  # noqa: N818 - it is what happened, not a mistake of ours
    """A register gave no answer that counts; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def answers_of(
    body: bytes, query: Query, declaration: RegisterDeclaration, at_us: int
) -> tuple[RegisterAnswered, ...]:
    """Read a reply; a limit file's answer is one for each period.

    Raises:
        Unanswered: it is garbage, about somebody else, or an answer to another query.
    """
    said = decoded(body, Said)
    if said.query_id != query.query_id:
        raise Unanswered("other_query")
    if said.proof != proof(query.query_id, query.subject):
        raise Unanswered("wrong_player")
    if said.status not in STATUSES[declaration.kind]:
        raise Unanswered("garbage")
    try:
        return _answers(said, declaration, at_us)
    except (ValueError, OverflowError, MoneyError, EventError) as error:
        raise Unanswered("garbage") from error


def decoded(body: bytes, kind: type[T]) -> T:
    """Read a reply of a kind.

    Raises:
        Unanswered: it is too large, or none.
    """
    if len(body) > BODY_MOST:
        raise Unanswered("too_large")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unanswered("garbage") from error


def unavailable(register: str, query_id: str, reason: str, at_us: int) -> RegisterAnswered:
    """Return the answer of a register that gave none."""
    return RegisterAnswered(
        at_us=at_us, request_id=query_id, register=register, status="unavailable",
        query_id=query_id, reason=reason,
    )  # fmt: skip


def instant_text(at_us: int) -> str:
    """Write an instant as it is sent.

    >>> instant_text(0)
    '1970-01-01T00:00:00+00:00'
    """
    return Zone("UTC").local(at_us).isoformat()


def _answers(
    said: Said, declaration: RegisterDeclaration, at_us: int
) -> tuple[RegisterAnswered, ...]:
    answer = RegisterAnswered(
        at_us=at_us, request_id=said.query_id, register=declaration.name, status=said.status,
        query_id=said.query_id, since_us=_instant(said.since), until_us=_instant(said.until),
    )  # fmt: skip
    if declaration.kind != "deposit_limit" or said.status == "missing":
        return (answer,)
    if sorted(one.period for one in said.limits) != sorted(declaration.periods):
        raise EventError("not one figure for each period")
    return tuple(_of_period(answer, one, declaration) for one in said.limits)


def _of_period(
    answer: RegisterAnswered, one: Used, declaration: RegisterDeclaration
) -> RegisterAnswered:
    used = units(one.used, declaration.currency)
    limit = None if one.limit is None else units(one.limit, declaration.currency)
    if used < 0 or (limit is not None and limit < 0):
        raise EventError("a negative figure")
    return msgspec.structs.replace(
        answer, request_id=f"{answer.query_id}:{one.period}", period=one.period, used=used,
        limit=limit,
    )  # fmt: skip


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise EventError("an instant without a zone")
    return instant_us(at)
