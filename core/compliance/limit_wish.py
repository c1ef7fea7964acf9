"""A wish to change a limit, beside what stands. Way: limit_asked, standing -> here -> checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.compliance.check import Case
from core.compliance.limits_in_force import amount_at, has_lapsed, is_raise, stands
from core.compliance.room import OF_SECONDS, shown
from core.compliance.standing import PendingLimit


@dataclass(frozen=True, slots=True)
class Wish:
    """What a player asks of one limit. `now` and `asked` null: no limit.

    `is_first` where he has none in force; `pending` is a wish of before that still waits.
    """

    limit: str
    period: str
    now: int | None
    asked: int | None
    pending: PendingLimit | None

    @property
    def is_raise(self) -> bool:
        """Whether the wish loosens."""
        return is_raise(self.now, self.asked)

    @property
    def is_first(self) -> bool:
        """Whether no limit of the kind stands."""
        return self.now is None

    def inputs(self, case: Case) -> dict[str, Any]:
        """Return what the log says of the wish; "none" for no limit."""
        return {
            "aggregate": self.limit,
            "period": self.period,
            "old": amount_text(case, self.limit, self.now),
            "new": amount_text(case, self.limit, self.asked),
            "requested_at": case.local(case.at_us),
        }


def wish_of(case: Case, defaults: Mapping[str, str] | None = None, register: str = "") -> Wish:
    """Return what a `limit_asked` asks; `defaults` are amounts by period that stand until set.

    Of a limit across operators the register that keeps it knows, too: the lower one counts.
    """
    asked: Any = case.request
    held = case.standing.limit_of(asked.limit, asked.period, asked.scope)
    known = (
        None if held is None else amount_at(held, case.at_us),
        _kept_elsewhere(case, register) if asked.scope == "all_operators" else None,
    )
    now = min((amount for amount in known if amount is not None), default=None)
    if now is None and defaults and asked.period in defaults:
        now = _default(case, asked.limit, defaults[asked.period])
    pending = None if held is None else held.pending
    if pending is not None and (stands(pending, case.at_us) or has_lapsed(pending, case.at_us)):
        pending = None
    return Wish(asked.limit, asked.period, now, asked.amount, pending)


def is_named(case: Case, limits: Collection[str], scopes: Collection[str]) -> bool:
    """Say whether a rule speaks of the limit a request is about; () of `limits` are all."""
    asked: Any = case.request
    return asked.scope in scopes and (not limits or asked.limit in limits)


def amount_text(case: Case, limit: str, amount: int | None) -> str:
    """Write a limit's amount for the log."""
    return "none" if amount is None else shown(case, limit, amount)


def _kept_elsewhere(case: Case, register: str) -> int | None:
    """Return the limit a register last told of, null if it keeps none."""
    asked: Any = case.request
    told = case.standing.registers
    state = told.get(f"{register}:{asked.period}") or told.get(register)
    return None if state is None or state.status == "missing" else state.limit


def _default(case: Case, limit: str, amount: str) -> int:
    return int(amount) if limit in OF_SECONDS else case.units(amount)
