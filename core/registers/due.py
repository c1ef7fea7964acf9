"""Which registers a request needs asked first, and what they are told after it. Way: pack -> here.

Pure: standing, request and pack say what is due. What the checks then make of the answers is their
business; asked is at least whatever they would refuse for want of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.compliance.calendar import SECOND_US, exact_us
from core.compliance.check import Case, amount_text
from core.compliance.finding import Verdict
from core.compliance.held import listed_in
from core.compliance.limits_in_force import amount_at
from core.compliance.pack import Pack
from core.compliance.parts import CheckPoint, Register
from core.compliance.register_word import POINTS, point_asked, register_in_use, word_of
from core.compliance.request import Request
from core.compliance.requests.account import Logout
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import Deposit, DepositFailed, DepositSettled, Stake
from core.compliance.standing import RegisterState, Standing
from core.registers.wire import MessageKind

RETRY_US = 10 * SECOND_US
"""How long a register that was silent before a stake is left alone."""
ALL = "all_operators"
_LEAVE = {"deposit_limit": ("clear",), "activity": ("free", "here")}
"""What files of limits and of activity say of one who may play; an exclusion is not asked again."""
OF_PLAY = frozenset({"play", "stake"})
"""The check points at which somebody plays."""


@dataclass(frozen=True, slots=True)
class Due:
    """A register to be asked at a check point, and how long it may take to answer."""

    register: str
    at: CheckPoint
    within_s: float


@dataclass(frozen=True, slots=True)
class DueMessage:
    """What a register is to be told; `amount` "" of a limit that is set is its removal.

    `message_id` is what it is told under each time; without one every telling is another.
    """

    register: str
    kind: MessageKind
    within_s: float
    payment_id: str = ""
    amount: str = ""
    currency: str = ""
    period: str = ""
    message_id: str = ""


def due_checks(pack: Pack, standing: Standing, request: Request) -> tuple[Due, ...]:
    """Return the registers to be asked before a request is judged."""
    at = POINTS.get(type(request))
    if at is None:
        return ()
    case = Case(request, standing, pack)
    return tuple(
        Due(name, at, within_s(register))
        for name in pack.registers
        if (register := register_in_use(case, name)) is not None
        and _is_due(case, name, register, at)
    )


def due_messages(case: Case, verdict: Verdict, then: Standing) -> Iterator[DueMessage]:
    """Yield what registers are to be told of a case; `then` is the standing after it."""
    for name in case.pack.registers:
        register = register_in_use(case, name)
        if register is not None and register.kind == "activity":
            yield from _of_visit(case, name, register)
        elif register is not None and register.kind == "deposit_limit":
            yield from _of_payment(case, name, within_s(register), verdict)
            yield from _limits_set(case, name, within_s(register), then)


def within_s(register: Register) -> float:
    """Return how long a register may take to answer."""
    return exact_us(register.timeout) / SECOND_US


def _is_due(case: Case, name: str, register: Register, at: CheckPoint) -> bool:
    request = case.request
    asked_at = point_asked(register, at)
    if register.kind == "activity" and not _starts_game(request):
        return False
    if at == "limit_change":
        of_all = isinstance(request, LimitAsked) and request.scope == ALL
        return asked_at is not None and of_all
    if at in ("deposit", *OF_PLAY) and listed_in(case.standing, name, case.at_us) is not None:
        return False  # refused whatever it would say
    if asked_at == at and at not in OF_PLAY and not register.max_age:
        return True
    if asked_at is None and (register.kind != "exclusion" or at in ("marketing", "nightly")):
        return False
    return _needs_word(case, name, register, at)


def _needs_word(case: Case, name: str, register: Register, at: CheckPoint) -> bool:
    """Say whether what a register said last is not enough, and it may be asked again by now."""
    state = _state(case, name)
    word = word_of(case, register, state, at)
    if state is not None and _is_no_leave(register, state):
        return True
    if not word.fault:
        return False
    is_tried = word.is_silent and case.at_us - (state.at_us if state else 0) < RETRY_US
    return not (at in OF_PLAY and is_tried)


def _is_no_leave(register: Register, state: RegisterState) -> bool:
    """Say whether a file answered, but not that he may play: that may be otherwise by now."""
    leave = _LEAVE.get(register.kind)
    return leave is not None and state.status not in (*leave, "unavailable")


def _state(case: Case, name: str) -> RegisterState | None:
    """Return the oldest of what a register said of its periods."""
    registers = case.standing.registers
    found = [state for key, state in registers.items() if key.partition(":")[0] == name]
    return min(found, key=lambda state: state.at_us, default=None)


def _starts_game(request: Request) -> bool:
    return not isinstance(request, Stake) or request.starts_game


def _of_visit(case: Case, name: str, register: Register) -> Iterator[DueMessage]:
    state = case.standing.registers.get(name)
    if isinstance(case.request, Logout) and state is not None and state.status == "here":
        yield DueMessage(name, "inactive", within_s(register))


def _of_payment(case: Case, name: str, wait_s: float, verdict: Verdict) -> Iterator[DueMessage]:
    """Yield what became of a deposit the file may have reserved room for."""
    request = case.request
    if isinstance(request, DepositFailed) or (
        isinstance(request, Deposit) and not verdict.is_allowed
    ):
        yield DueMessage(name, "rolled_back", wait_s, request.payment_id)
    elif isinstance(request, DepositSettled):
        currency = case.standing.currency
        amount = amount_text(request.amount, currency)
        yield DueMessage(name, "confirmed", wait_s, request.payment_id, amount, currency)


def _limits_set(case: Case, name: str, wait_s: float, then: Standing) -> Iterator[DueMessage]:
    """Yield each limit across operators that is another now than it was."""
    before = {one.period: one for one in case.standing.limits if one.scope == ALL}
    if not before and not (isinstance(case.request, LimitAsked) and case.request.scope == ALL):
        return
    for limit in (one for one in then.limits if one.scope == ALL):
        old, amount = before.get(limit.period), amount_at(limit, case.at_us)
        if amount == (None if old is None else old.amount):
            continue
        currency = case.standing.currency
        text = "" if amount is None else amount_text(amount, currency)
        yield DueMessage(
            name, "limit_set", wait_s, amount=text, currency=currency, period=limit.period
        )
