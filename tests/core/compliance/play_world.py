"""One player under one pack, asked one thing after another. Way: laws -> here -> judge."""

from datetime import datetime
from functools import cache
from typing import Any

from core.compliance.calendar import DAY_US, SECOND_US, Zone
from core.compliance.finding import Verdict
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.pack import Pack
from core.compliance.quiet_registers import quiet_registers
from core.compliance.request import Request
from core.compliance.standing import Limit, Standing

PACKS = tuple(sorted(packs()))
NOON_US = Zone("UTC").instant(datetime(2026, 11, 10, 12))  # noqa: DTZ001 - given its zone there
EURO = 1_000_000
MINUTE_US = 60 * SECOND_US
MUCH = 10**15


@cache
def judge_of(pack: str, *switched_on: str) -> Judge:
    return Judge(packs()[pack], frozenset(switched_on))


def wide_limits() -> tuple[Limit, ...]:
    """Limits nobody meets, for packs in which nobody plays without."""
    frames = ("day", "week", "month")
    named = [("deposit", frame) for frame in frames] + [("time", frame) for frame in frames]
    return tuple(
        Limit(limit=limit, period=period, amount=MUCH, set_us=0)
        for limit, period in [*named, ("balance", "")]
    )


def standing_in(pack: Pack, **said: Any) -> Standing:
    """A grown-up, verified player of whom nothing speaks against play."""
    fields = {
        "player": "p", "jurisdiction": pack.pack, "currency": pack.currency, "pseudonym": "x",
        "born_on": "1990-01-01", "verified": "full", "opened_us": NOON_US - 400 * DAY_US,
        "limits": wide_limits(), "registers": quiet_registers(pack), **said,
    }  # fmt: skip
    return Standing(**fields)


class World:
    """Asks and remembers the standing."""

    def __init__(self, pack: str, *switched_on: str, **said: Any) -> None:
        self.judge = judge_of(pack, *switched_on)
        self.currency = self.judge.pack.currency
        self.standing = standing_in(self.judge.pack, **said)

    def ask(self, request: Request) -> Verdict:
        verdict, self.standing = self.judge.decide(request, self.standing)
        return verdict
