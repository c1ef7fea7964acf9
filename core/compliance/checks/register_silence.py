"""A register that is silent, or was not asked, opens nothing. Way: packs -> here -> verdict.

Stakes, deposits and registrations wait until it answers; so does a message where the pack wants
the register asked before each. A login is let through, to withdraw, when the register was asked and
is silent; where the pack says what silence means at a login, that is done instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.barring import reason_of
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.held import listed_in
from core.compliance.pack import PackRule
from core.compliance.parts import CheckPoint, Register
from core.compliance.register_word import POINTS, Word, point_asked, register_in_use, word_of
from core.compliance.requests.account import Login, PlayAsked, Registration
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import Deposit, Stake
from core.compliance.requests.offers import Marketing

_OF_PLAY = frozenset({"play", "stake"})


class SilenceRule(Parameters, frozen=True, kw_only=True):
    """Which registers of the pack it speaks of: `only` some, or all `but` some; and the event."""

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    event: str = "REGISTER_UNAVAILABLE"

    def speaks_of(self, name: str) -> bool:
        """Say whether a register is one of those."""
        return name in self.only if self.only else name not in self.but


def judge(case: Case, rule: PackRule, parameters: SilenceRule) -> Iterator[Finding]:
    """Say what silence means for a request."""
    request = case.request
    if isinstance(request, RegisterAnswered):
        if request.status == "unavailable" and parameters.speaks_of(request.register):
            inputs = {
                "register": request.register, "query_id": request.query_id, "why": request.reason,
            }  # fmt: skip
            yield Finding(rule.id, Effect.RECORD, parameters.event, "", inputs)
        return
    at = POINTS[type(request)]
    for name in case.pack.registers:
        register = register_in_use(case, name) if parameters.speaks_of(name) else None
        is_known = listed_in(case.standing, name, case.at_us) is not None
        if register is not None and not is_known and _is_asked_for(register, at):
            word = word_of(case, register, case.standing.registers.get(name), at)
            yield from _spoken(case, rule, (name, parameters.event, at), register, word)


def _is_asked_for(register: Register, at: CheckPoint) -> bool:
    """Say whether a register has a say at a check point at all."""
    if register.kind == "deposit_limit":
        return False  # its figures are needed, not its silence: the rule on the limit says so
    if register.kind == "activity":
        return at in _OF_PLAY
    return at != "marketing" or point_asked(register, at) is not None


def _spoken(
    case: Case, rule: PackRule, named: tuple[str, str, CheckPoint], register: Register, word: Word
) -> Iterable[Finding]:
    if not word.fault and not word.is_last_good:
        return
    name, event, at = named
    inputs: dict[str, Any] = {"register": name, "at": at, **_last(case, word)}
    if not word.fault:
        yield Finding(rule.id, Effect.RECORD, event, "LAST_GOOD", inputs)
    elif (
        at == "login"
        and word.is_silent
        and word.fault != "stale"
        and "login" not in register.outage
    ):
        yield Finding(rule.id, Effect.RECORD, event, "WITHDRAW_ONLY", inputs)
    else:
        reason = reason_of(
            "marketing" if at == "marketing" else "login", f"REGISTER_{word.fault.upper()}"
        )
        yield Finding(rule.id, Effect.REFUSE, event, reason, inputs)


def _last(case: Case, word: Word) -> dict[str, Any]:
    """Return when the register last answered, what, and why it does not now."""
    state = word.state
    if state is None:
        return {"last_check": None, "last_status": "", "why": "never asked"}
    return {
        "last_check": None if state.good_us is None else case.local(state.good_us),
        "last_status": state.good_status, "why": state.reason or word.fault,
        "query_id": state.query_id,
    }  # fmt: skip


REGISTER_SILENCE = Check(
    name="register_silence",
    on=(RegisterAnswered, Registration, Login, PlayAsked, Stake, Deposit, Marketing),
    parameters=SilenceRule,
    judge=judge,
    says=(
        "While a register is silent, answers nonsense or was not asked, nobody stakes, pays in or "
        "registers; a player asked about in vain may still log in to withdraw, unless the pack "
        "says what silence means at a login."
    ),
)
