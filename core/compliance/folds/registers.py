"""What registers last said, and what was paid in since. Way: judge -> here -> standing."""

from __future__ import annotations

from collections.abc import Mapping

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.register_word import LEFT
from core.compliance.requests.account import Login, Logout
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import Deposit, DepositFailed
from core.compliance.standing import RegisterState, Standing, with_changes, with_key

STATUSES = frozenset({"listed", "clear", "missing", "busy", "free", "here"})
"""What a register can say; anything else is as good as silence."""
States = Mapping[str, RegisterState]


def apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    """Return the standing with the registers' words as they are after a request."""
    return with_changes(standing, registers=_after(case, verdict, standing.registers))


def _after(case: Case, verdict: Verdict, states: States) -> dict[str, RegisterState]:
    match case.request:
        case RegisterAnswered():
            return _answered(case.request, states, case.at_us)
        case Deposit() if verdict.is_allowed:
            return _moved(states, case.request.amount)
        case DepositFailed():
            return _failed(case, case.request, states)
        case Login() | Logout():
            return _parted(states, case.at_us)
    return dict(states)


def _answered(answer: RegisterAnswered, states: States, at_us: int) -> dict[str, RegisterState]:
    if answer.status in STATUSES:
        state = RegisterState(
            status=answer.status, at_us=at_us, query_id=answer.query_id, used=answer.used,
            limit=answer.limit, since_us=answer.since_us, good_us=at_us,
            good_status=answer.status,
        )  # fmt: skip
        return with_key(_without(states, answer), answer.key, state)
    silent = [key for key in states if key.partition(":")[0] == answer.register] or [answer.key]
    return {**states, **{key: _silent(states.get(key), answer, at_us) for key in silent}}


def _without(states: States, answer: RegisterAnswered) -> dict[str, RegisterState]:
    """Drop what a register said of all periods when it speaks of one, and the other way round."""
    if answer.period:
        return {key: state for key, state in states.items() if key != answer.register}
    return {key: state for key, state in states.items() if key.partition(":")[0] != answer.register}


def _silent(
    known: RegisterState | None, answer: RegisterAnswered, at_us: int
) -> RegisterState:  # fmt: skip
    """Return the state of a register that did not answer: what it last said well is kept."""
    is_said = answer.status == "unavailable"
    return RegisterState(
        status="unavailable", at_us=at_us, query_id=answer.query_id,
        good_us=known.good_us if known else None, good_status=known.good_status if known else "",
        reason=answer.reason if is_said else "unknown_status",
    )  # fmt: skip


def _moved(states: States, amount: int) -> dict[str, RegisterState]:
    """Count a deposit of ours that the register's figure does not know of."""
    return {
        key: state if state.used is None
        else with_changes(state, own=max(0, state.own + amount))
        for key, state in states.items()
    }  # fmt: skip


def _failed(case: Case, failed: DepositFailed, states: States) -> dict[str, RegisterState]:
    """Take a deposit out that did not come; one the figure knew of stays in it until asked anew."""
    paid = next(
        (one for one in case.standing.payments if one.payment_id == failed.payment_id), None
    )
    if paid is None or not paid.is_deposit or paid.state != "reserved":
        return dict(states)
    return {
        key: with_changes(state, own=max(0, state.own - paid.amount))
        if state.used is not None and paid.at_us > state.at_us else state
        for key, state in states.items()
    }  # fmt: skip


def _parted(states: States, at_us: int) -> dict[str, RegisterState]:
    return {
        key: with_changes(state, status=LEFT, at_us=at_us) if state.status == "here" else state
        for key, state in states.items()
    }


REGISTERS = Fold(
    name="registers",
    on=(RegisterAnswered, Deposit, DepositFailed, Login, Logout),
    owns=("registers",),
    apply=apply,
)
