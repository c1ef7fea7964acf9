"""Whether a register's last word may be relied on now. Way: standing, pack -> here -> checks.

The pack says at which points a register is asked and how long an answer serves; one that is asked
anew each time serves for a minute, which is how long a request may take to reach its rules; asked
before play, it serves for the visit. Where it is not asked, what it said last counts. A register
that was never reached, or fell silent, is no reason to let anybody stake or pay in.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.compliance.calendar import SECOND_US, exact_us
from core.compliance.check import Case
from core.compliance.parts import CheckPoint, Register
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed, Login, PlayAsked, Registration
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import Deposit, Stake
from core.compliance.requests.offers import Marketing
from core.compliance.standing import RegisterState, Standing

SERVES_US = 60 * SECOND_US
"""How long an answer serves that is to be asked for anew."""
LEFT = "left"
"""Of the file of activity: the visit it was told of is over, so it is to be asked again."""
GOOD = frozenset({"clear", "free", "here"})
POINTS: dict[type[Request], CheckPoint] = {
    Registration: "registration", Login: "login", PlayAsked: "play", Stake: "stake",
    Deposit: "deposit", Marketing: "marketing", LimitAsked: "limit_change", DayPassed: "nightly",
}  # fmt: skip
"""The check point each request is."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a register said, and `fault` why that does not do: never, stale or unavailable.

    `is_last_good` says that the register is silent and its last answer before is relied on.
    """

    state: RegisterState | None
    fault: str = ""
    is_last_good: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether the register was asked and did not answer."""
        return self.state is not None and self.state.status == "unavailable"


def register_in_use(case: Case, name: str) -> Register | None:
    """Return what the pack says of a register; null if it is not in use on this day."""
    register = case.pack.registers.get(name)
    if register is None or not register.effective.covers(case.today):
        return None
    return register


def word_of(case: Case, register: Register, state: RegisterState | None, at: CheckPoint) -> Word:
    """Return what a register's last word is worth at a check point."""
    if state is None:
        return Word(None, "never")
    if not is_fresh(register, state, case.standing, at, case.at_us):
        return Word(state, "stale")
    if state.status != "unavailable":
        return Word(state)
    if when_silent(register, at) == "last_good" and state.good_status in GOOD:
        return Word(state, is_last_good=True)
    return Word(state, "unavailable")


def is_fresh(
    register: Register, state: RegisterState, standing: Standing, at: CheckPoint, at_us: int
) -> bool:  # fmt: skip
    """Say whether an answer is new enough for a check point; where nobody is asked any is."""
    asked_at = point_asked(register, at)
    if asked_at is None or state.status == "here":
        return True
    if state.status == LEFT:
        return False
    serves_us = exact_us(register.max_age) if register.max_age else SERVES_US
    if at_us - state.at_us <= serves_us:
        return True
    if asked_at != "play" or register.kind == "activity" or state.status == "unavailable":
        return False
    started_us = standing.play.started_us
    return started_us is not None and state.at_us >= started_us


def point_asked(register: Register, at: CheckPoint) -> CheckPoint | None:
    """Return the point at which a register is asked for one: a stake is play, too."""
    if at in register.at:
        return at
    return "play" if at == "stake" and "play" in register.at else None


def when_silent(register: Register, at: CheckPoint) -> str:
    """Return what silence means: where a register is not asked, what it meant at the login."""
    if at in register.outage or point_asked(register, at) is not None:
        return register.when_silent(at)
    return register.when_silent("login")
