"""A player who takes breaks, and a naive memory of what was promised him. Way: here -> laws.

The memory shares no code with checks and folds: it knows of each break when it was to end and what
else may end it, and judges by that whether play may be open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from core.compliance.finding import Effect, Verdict
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.request import Request
from core.compliance.requests.account import Registration
from core.compliance.requests.holds import (
    ExclusionAsked,
    LiftDecided,
    PanicPressed,
    RegisterAnswered,
    ReturnConfirmed,
    TimeOutAsked,
)
from core.compliance.requests.money import Stake
from core.compliance.standing import Standing

PACKS = tuple(sorted(packs()))
TERMS = (
    "PT1H", "PT24H", "P1D", "P2D", "P3D", "P7D", "P1W", "P30D", "P1M", "P6W", "P2M", "P3M", "P6M",
    "P12M", "P1Y", "P5Y",
)  # fmt: skip
COOLINGS = {"MT": ("PT24H", "P7D")}


@cache
def judge_of(pack_id: str) -> Judge:
    """The judge of a pack with every rule on, whatever its mark."""
    pack = packs()[pack_id]
    return Judge(pack, frozenset(rule.id for rule in pack.rules))


@cache
def registers_of(pack_id: str) -> tuple[str, ...]:
    """The exclusion registers of a pack."""
    return tuple(n for n, one in packs()[pack_id].registers.items() if one.kind == "exclusion")


def new_standing(pack_id: str, **fields: object) -> Standing:
    """A grown-up, verified player whom no register lists."""
    pack = packs()[pack_id]
    known = {"registers": quiet_registers(pack), "born_on": "1980-01-01", "verified": "full"}
    return Standing(
        player="p", jurisdiction=pack_id, currency=pack.currency, pseudonym="x",
        **{**known, **fields},  # type: ignore[arg-type]
    )  # fmt: skip


def bars(verdict: Verdict) -> bool:
    """Say whether a break or exclusion is among what refuses."""
    return any(one.effect is Effect.REFUSE and "hold" in one.inputs for one in verdict.findings)


@dataclass(slots=True)
class Promise:
    """A break that was granted: when its term ends (null: never), and how it may end at all."""

    way: str
    until_us: int | None
    since_us: int
    released_us: int | None = None

    def is_over(self, at_us: int) -> bool:
        """Say whether it may be over at an instant."""
        if self.released_us is not None and self.released_us <= at_us:
            return True
        return self.way == "clock" and self.until_us is not None and self.until_us <= at_us


@dataclass(slots=True)
class HoldWorld:
    """Asks for breaks, and remembers what was promised."""

    pack_id: str
    standing: Standing = field(init=False)
    promises: list[Promise] = field(default_factory=list)
    listed: dict[str, Promise] = field(default_factory=dict)
    lift_asked: list[Promise] = field(default_factory=list)
    seen_us: int = 0

    def __post_init__(self) -> None:
        self.standing = new_standing(self.pack_id)

    def ask(self, request: Request) -> Verdict:
        """Ask, and remember."""
        self.seen_us = max(self.seen_us, request.at_us)
        verdict, self.standing = judge_of(self.pack_id).decide(request, self.standing)
        if isinstance(request, RegisterAnswered):
            self._register(request)
        elif verdict.is_allowed:
            self._granted(request, verdict)
        return verdict

    def may_play(self) -> bool:
        """Say whether every promise is over."""
        held = [*self.promises, *self.listed.values()]
        return all(one.is_over(self.seen_us) for one in held)

    def is_barred(self, at_us: int) -> bool:
        """Ask for a stake, and say whether a break bars it."""
        currency = self.standing.currency
        return bars(self.ask(Stake(at_us=at_us, amount=1_000_000, currency=currency)))

    def _granted(self, request: Request, verdict: Verdict) -> None:
        match request:
            case TimeOutAsked():
                until_us = packs()[self.pack_id].zone.later(self.seen_us, request.term)
                self.promises.append(Promise("clock", until_us, self.seen_us))
            case PanicPressed():
                self.promises.append(Promise("clock", self.seen_us + 86_400_000_000, self.seen_us))
            case ExclusionAsked():
                self._excluded(request)
            case ReturnConfirmed():
                self._confirmed(verdict)
            case LiftDecided():
                self._lifted(request)
            case Registration():
                self._registered()

    def _excluded(self, request: ExclusionAsked) -> None:
        zone, term = packs()[self.pack_id].zone, request.term
        endless = {"MT": "lift", "DK": "registration"}
        way = "clock" if self.pack_id in endless else "act"
        if term is None and self.pack_id in endless:
            self.promises.append(Promise(endless[self.pack_id], None, self.seen_us))
            return
        from_us = self.seen_us
        if self.pack_id == "GB":  # an extension begins where the term ends
            running = [
                one for one in self.promises if one.way == "act" and not one.is_over(from_us)
            ]
            from_us = max([from_us, *(one.until_us or 0 for one in running)])
        self.promises.append(Promise(way, zone.later(from_us, term or "P12M"), self.seen_us))

    def _confirmed(self, verdict: Verdict) -> None:
        waits = [
            one.until_us or self.seen_us for one in verdict.findings if "returns" in one.inputs
        ]
        for one in self.promises:
            is_over = one.until_us is not None and one.until_us <= self.seen_us
            if one.way == "act" and is_over and one.released_us is None and waits:
                one.released_us = max(waits)

    def lift_taken_up(self) -> None:
        """Remember what a wish to lift was about: what ran then, and nothing asked for later."""
        if not self.lift_asked:
            self.lift_asked = [
                one for one in self.promises
                if one.way in ("clock", "lift") and not one.is_over(self.seen_us)
            ]  # fmt: skip

    def _lifted(self, request: LiftDecided) -> None:
        if self.pack_id not in COOLINGS:
            return
        zone = packs()[self.pack_id].zone
        definite, endless = COOLINGS[self.pack_id]
        alive = [one for one in self.lift_asked if not one.is_over(self.seen_us)]
        if not request.is_granted:
            for one in alive:
                one.released_us = None
            self.lift_asked = []
            return
        cooling = endless if any(one.until_us is None for one in alive) else definite
        for one in alive:
            if one.released_us is None:
                one.released_us = zone.later(self.seen_us, cooling)

    def _registered(self) -> None:
        for one in self.promises:
            if one.way == "registration" and one.released_us is None:
                least_us = packs()[self.pack_id].zone.later(one.since_us, "P1Y")
                assert self.seen_us >= least_us, "a new customer within the year"
                one.released_us = self.seen_us

    def _register(self, request: RegisterAnswered) -> None:
        if request.status == "listed":
            held = self.listed.get(request.register)
            if held is None or held.released_us is not None:
                self.listed[request.register] = Promise("register", None, self.seen_us)
        elif request.status == "clear" and request.register in self.listed:
            self.listed[request.register].released_us = self.seen_us


def kinds_of(verdict: Verdict) -> Sequence[str]:
    """The events of a verdict's findings."""
    return [finding.event for finding in verdict.findings]
