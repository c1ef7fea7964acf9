"""Limits a player sets for himself. Way: account -> here -> limit checks, limit fold."""

from __future__ import annotations

from core.compliance.request import Request


class LimitAsked(Request, frozen=True, kw_only=True, tag="limit_asked"):
    """A player sets, changes or (amount null) removes a limit.

    `limit` is deposit, net_deposit, loss, stake, spend, time, session or balance; `period` is bet,
    session, day, week, month or four_weeks ("" for balance). `amount` is ledger units, or seconds
    for time and session. `scope` is account, or all_operators for a limit a register holds.
    `is_suggested` says that the amount was proposed to him or filled in before he chose.
    """

    limit: str
    period: str = ""
    amount: int | None = None
    scope: str = "account"
    is_suggested: bool = False


class LimitConfirmed(Request, frozen=True, kw_only=True, tag="limit_confirmed"):
    """A player confirms an increase whose waiting time is over."""

    limit: str
    period: str = ""
    scope: str = "account"


class LimitContacted(Request, frozen=True, kw_only=True, tag="limit_contacted"):
    """A member of staff has spoken with the player about a limit he wants.

    `actor` and `staff_id` say who, `content` what was said; a machine's word is no contact.
    """

    limit: str
    period: str = ""
    scope: str = "account"
    content: str = ""
    actor: str = "staff"
