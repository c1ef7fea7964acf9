"""What moved, added up from the list of all that was asked. Way: property tests -> here.

A second way to the sums of a player: it knows no frames kept, no folds and no calendar of the core,
only the requests, whether they were granted, and the wall clock.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.request import Request
from core.compliance.requests import money
from core.compliance.standing import Sums
from core.compliance.used import sums_at
from tests.core.compliance.play_world import MINUTE_US, World

CENT = 10_000
EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100"))
Step = tuple[str, int, int, int]
"""What is asked, minutes after the last, cents, which of those before."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NIGHTS = tuple(
    datetime.fromisoformat(f"{day}T20:00")
    for day in ("2026-10-24", "2027-03-27", "2026-12-30", "2028-02-28", "2026-11-07")
)
"""Before a day of 25 hours, one of 23, a new year, a leap day, a new week."""


def instant(zone: str, local: datetime) -> int:
    at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return (at - EPOCH) // timedelta(microseconds=1)


def local(zone: str, at_us: int) -> datetime:
    return (EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone))


def frame_key(zone: str, frame: str, at_us: int) -> tuple[int, ...]:
    """What is the same for all instants of a frame and for no other."""
    day = local(zone, at_us).date()
    if frame == "day":
        return (day.toordinal(),)
    return day.isocalendar()[:2] if frame == "week" else (day.year, day.month)


@dataclass
class Naive:
    """Everything that was granted or told: (what, amount, when), with payments by id."""

    zone: str
    deposits: dict[str, list[Any]] = field(default_factory=dict)
    payouts: dict[str, list[Any]] = field(default_factory=dict)
    stakes: dict[str, tuple[int, int]] = field(default_factory=dict)
    wins: list[tuple[int, int]] = field(default_factory=list)

    def hear(self, request: Any, verdict: Verdict, at_us: int) -> None:
        if not verdict.is_allowed:
            return
        if isinstance(request, money.Stake | money.StakeSettled | money.StakeVoided):
            self._played(request, at_us)
        elif isinstance(request, money.Deposit | money.DepositSettled | money.DepositFailed):
            self._paid_in(request, at_us)
        else:
            self._paid_out(request, at_us)

    def _played(self, request: Any, at_us: int) -> None:
        if isinstance(request, money.Stake):
            self.stakes[request.round_id] = (request.amount, at_us)
        elif isinstance(request, money.StakeSettled):
            self.wins.append((request.amount, request.at_us))
        else:
            self.stakes.pop(request.round_id)

    def _paid_in(self, request: Any, at_us: int) -> None:
        name = request.payment_id
        if isinstance(request, money.Deposit):
            self.deposits[name] = [request.amount, at_us, False]
        elif isinstance(request, money.DepositSettled):
            known = self.deposits.setdefault(name, [0, at_us, False])
            if not known[2]:
                known[0], known[2] = request.amount, True
        elif not self.deposits.get(name, [0, 0, True])[2]:
            del self.deposits[name]

    def _paid_out(self, request: Any, at_us: int) -> None:
        name = request.payment_id
        if isinstance(request, money.Withdrawal):
            self.payouts[name] = [request.amount, at_us, False]
        elif isinstance(request, money.WithdrawalDeclined):
            self.payouts.pop(name, None)
        elif not self.payouts.setdefault(name, [0, 0, False])[2]:
            self.payouts[name] = [request.amount, request.at_us, True]

    def sums(self, frame: str, at_us: int) -> dict[str, int]:
        """What moved in the frame of an instant."""
        now = frame_key(self.zone, frame, at_us)

        def within(when_us: int) -> bool:
            return frame_key(self.zone, frame, when_us) == now

        return {
            "deposits": sum(a for a, at, _ in self.deposits.values() if within(at)),
            "withdrawals": sum(a for a, at, paid in self.payouts.values() if paid and within(at)),
            "stakes": sum(a for a, at in self.stakes.values() if within(at)),
            "wins": sum(a for a, at in self.wins if within(at)),
        }

    def net_since(self, after_us: int, *, net: bool = True) -> int:
        """Deposits less payouts later than an instant."""
        paid_in = sum(a for a, at, _ in self.deposits.values() if at > after_us)
        paid_out = sum(a for a, at, paid in self.payouts.values() if paid and at > after_us)
        return int(paid_in - (paid_out if net else 0))


KINDS = (
    "deposit", "deposit", "deposit", "deposit_settled", "deposit_failed", "withdrawal",
    "withdrawal_paid", "withdrawal_declined", "stake", "stake", "win", "void",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.integers(-90, 60 * 20), st.integers(1, 12_000),
        st.integers(0, 20),
    ),
    max_size=40,
)  # fmt: skip
"""What is asked, minutes after the last (the clock may go back), cents, which of those before."""


PAYMENTS: dict[str, type[Any]] = {
    "deposit": money.Deposit,
    "deposit_failed": money.DepositFailed,
    "deposit_settled": money.DepositSettled,
    "withdrawal": money.Withdrawal,
    "withdrawal_declined": money.WithdrawalDeclined,
    "withdrawal_paid": money.WithdrawalPaid,
}


@dataclass
class Story:
    """Turns steps into requests that could come: what is settled was asked for, and so on."""

    currency: str
    at_us: int
    asked: list[str] = field(default_factory=list)
    paid_out: list[str] = field(default_factory=list)
    staked: list[money.Stake] = field(default_factory=list)
    count: int = 0

    def request(self, step: Step) -> Request | None:
        """Return what a step asks; null for a void, which needs to know what was granted."""
        kind, minutes, cents, which = step
        self.at_us += minutes * MINUTE_US
        self.count += 1
        said: dict[str, Any] = {"at_us": self.at_us}
        if kind != "deposit_failed":
            said |= {"amount": cents * CENT, "currency": self.currency}
        name = f"n{self.count}"
        if kind in ("stake", "win"):
            return (money.Stake if kind == "stake" else money.StakeSettled)(**said, round_id=name)
        if kind == "void":
            return None
        names = self.paid_out if kind.startswith("withdrawal") else self.asked
        if kind in ("deposit", "withdrawal"):
            names.append(name)
        else:
            name = _one(names, which)
        asked: Request = PAYMENTS[kind](**said, payment_id=name)
        return asked

    def void(self, world: World, naive: Naive, which: int) -> money.StakeVoided | None:
        """A stake that was granted is taken back, each once."""
        rounds = list(naive.stakes)
        if not rounds:
            return None
        name = rounds[which % len(rounds)]
        amount, staked_us = naive.stakes[name]
        return money.StakeVoided(
            at_us=max(self.at_us, world.standing.seen_us), amount=amount, staked_us=staked_us,
            currency=self.currency, round_id=name,
        )  # fmt: skip


def told(
    world: World, naive: Naive, night: datetime, steps: list[Step]
) -> Iterator[tuple[Request, Verdict, int]]:  # fmt: skip
    """Ask step by step; yield each request, what was decided, and the instant of judgement."""
    story = Story(world.currency, instant(naive.zone, night))
    for step in steps:
        request = story.request(step)
        if request is None:
            request = story.void(world, naive, step[3])
        if request is not None:
            at_us = max(request.at_us, world.standing.seen_us)
            verdict = world.ask(request)
            naive.hear(request, verdict, at_us)
            yield request, verdict, at_us


def sums_now(world: World, frame: str, at_us: int) -> Sums:
    """The sums of the frame an instant lies in, as the checks read them."""
    probe = money.Stake(at_us=at_us, amount=0, currency=world.currency)
    return sums_at(Case(probe, world.standing, world.judge.pack), frame)


def _one(names: list[str], which: int) -> str:
    """One of the names, or one that nobody has heard of."""
    return names[which % len(names)] if names else f"stray-{which}"
