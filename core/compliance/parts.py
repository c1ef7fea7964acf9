"""What a pack holds beside its rules: records kept, taxes, registers, steps. Way: packs -> here.

Whoever reports, keeps records, asks registers or acts on markers reads these, never a number of his
own. Each part bears a mark and its sources as a rule does; null and `unknown` mean that no page
read says it, and are treated as not confirmed.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from core.compliance.marks import Effective, Mark, Strict

RecordClass = Literal[
    "identity", "payments", "play", "aml", "rg_log", "exclusions", "tax", "consents"
]
KeptSince = Literal["record", "relationship_end", "expiry"]
TaxKind = Literal["tax", "levy", "statistic"]
TaxBase = Literal["stakes_less_prizes", "stakes", "commission"]
Counts = Literal[
    "counts",  # in full, as if it were cash
    "nothing",
    "unless_cash",  # nothing, unless the player could have had cash instead
    "as_due",  # at what would have been due without the offer
    "when_released",  # once the wagering requirement is met
    "share",  # taken off in a share the law sets
    "reversed",  # what was counted is taken back
    "unknown",
]
Item = Literal[
    "bonus_stakes", "bonus_prizes", "locked_winnings", "jackpot_contributions", "voids",
    "commission",
]  # fmt: skip
Period = Literal["month", "quarter"]
RegisterKind = Literal["exclusion", "deposit_limit", "activity"]
CheckPoint = Literal[
    "registration", "login", "play", "deposit", "stake", "marketing", "limit_change", "nightly"
]
Outage = Literal["refuse", "last_good"]
Level = Literal["inform", "contact", "restrict"]
Step = Literal[
    "message", "staff_task", "call", "suppress_marketing", "suppress_bonus", "offer_limit",
    "review", "break", "block_play",
]  # fmt: skip
Shape = Literal["poll", "push", "file", "query", "return"]


class Retention(Strict, frozen=True, kw_only=True):
    """One claim that a class of record is kept so many years, from what moment on.

    `years` null: a duty is known, its length is not. Of several claims on a class the longest wins
    (`core.compliance.pack.Pack.kept`), then the record is deleted.
    """

    record: RecordClass
    years: int | None
    since: KeptSince
    mark: Mark
    source: tuple[str, ...] = ()
    note: str = ""


class TaxRate(Strict, frozen=True, kw_only=True):
    """A rate and its days; `percent` is decimal text."""

    effective: Effective
    percent: str
    mark: Mark
    source: tuple[str, ...] = ()

    @property
    def fraction(self) -> Fraction:
        """The rate as an exact number: 21 % is 21/100."""
        return Fraction(self.percent) / 100


class Treatment(Strict, frozen=True, kw_only=True):
    """How one item enters a base."""

    counts: Counts
    mark: Mark
    source: tuple[str, ...] = ()
    note: str = ""


class Tax(Strict, frozen=True, kw_only=True):
    """A base and what is due of it; a statistic has no rates.

    `less_tax` says that the tax is contained in the base: due is base x r / (1 + r). An item that
    is not named is `unknown`: reports show it apart and say so.
    """

    id: str
    name: str
    kind: TaxKind
    base: TaxBase
    period: Period
    mark: Mark
    source: tuple[str, ...] = ()
    law: str = ""
    rule: str = ""
    games: tuple[str, ...] = ()
    """The game types it is due on, empty for all."""
    only_if: str = ""
    """What the operator must say of himself for it to be due; reports leave it out until then."""
    less_tax: bool = False
    items: dict[Item, Treatment] = msgspec.field(default_factory=dict)
    rates: tuple[TaxRate, ...] = ()
    note: str = ""

    def rate_on(self, on: date) -> TaxRate | None:
        """Return the rate of a local day, null if none is known of it."""
        return next((rate for rate in self.rates if rate.effective.covers(on)), None)

    def counts(self, item: Item) -> Counts:
        """Return how an item enters the base."""
        found = self.items.get(item)
        return "unknown" if found is None else found.counts


class Register(Strict, frozen=True, kw_only=True):
    """A register that must be asked: when, how long an answer serves, what follows if it is silent.

    `max_age` is an ISO 8601 term, "" where every check point asks anew. `outage` says what an
    unreachable register means at a check point; `last_good` lets in whom the last answer called
    clear. `effective` is the date flag: outside it nobody asks.
    """

    name: str
    kind: RegisterKind
    rule: str
    at: tuple[CheckPoint, ...]
    mark: Mark
    source: tuple[str, ...] = ()
    effective: Effective
    max_age: str = ""
    timeout: str = "PT2S"
    outage: dict[CheckPoint, Outage] = msgspec.field(default_factory=dict)
    note: str = ""

    def when_silent(self, at: CheckPoint) -> Outage:
        """Return what an outage means at a check point: refusal, unless the pack says otherwise."""
        return self.outage.get(at, "refuse")


class Predicate(Strict, frozen=True, kw_only=True):
    """When an intervention is due: a marker was met, perhaps strongly, perhaps by a figure.

    `marker` "*" is any. `value` names a figure the marker gave; it is compared with `than`
    (decimal text) as `comparator` says.
    """

    marker: str
    is_strong: bool = False
    value: str = ""
    comparator: Literal[">", ">="] = ">="
    than: str = ""


class Intervention(Strict, frozen=True, kw_only=True):
    """Marker predicate -> level -> steps and deadline.

    All that match are considered; the highest level with the shortest deadline is carried out.
    `deadline` is the term from detection until somebody has acted (PT0S: at once, by itself),
    `review_within` until a person has looked at what was done by itself ("" where nobody must),
    `evaluate_after` the term from acting until its effect is looked at.
    """

    id: str
    when: Predicate
    level: Level
    steps: tuple[Step, ...]
    deadline: str
    evaluate_after: str
    rule: str
    mark: Mark
    review_within: str = ""
    source: tuple[str, ...] = ()
    note: str = ""


class Feed(Strict, frozen=True, kw_only=True):
    """What a regulator is given or may fetch, in what shape and how often.

    `every` is an ISO 8601 term or a word such as continuous; `due` the term after a period's end.
    """

    name: str
    shape: Shape
    every: str
    records: tuple[str, ...]
    mark: Mark
    source: tuple[str, ...] = ()
    rule: str = ""
    due: str = ""
    form: str = ""
    shows_names: bool = False
    note: str = ""
