"""A jurisdiction's rules as data. Way: core/jurisdictions/*.yaml -> here -> binding -> judge.

A rule that the law changes is written again beside the old one, each with its dates, so that what
was decided is judged again by what was in force. Marks say how sure we are of a rule; unconfirmed,
proposed and drafted ones ship switched off.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import msgspec

from core.compliance.calendar import Zone
from core.compliance.marks import MARKS, SHIPS_OFF, Effective, Mark, Strict
from core.compliance.measure import Measure, Window
from core.compliance.overlay import Overlay
from core.compliance.parts import Feed, Intervention, RecordClass, Register, Retention, Tax

__all__ = ["MARKS", "SHIPS_OFF", "Action", "Effective", "Mark", "Pack", "PackRule", "content_hash"]

ActionType = Literal[
    "block",
    "refuse",
    "pend",
    "notify",
    "duty",
    "end_session",
    "break",
    "pay_out",
    "record",
    "report",
    "display",
    "config",
    "retain",
    "feed",
    "interaction",
    "apply",
]

Adjusting = Literal["free", "lower", "higher"]


class Action(Strict, frozen=True, kw_only=True):
    """What a rule does: to what, until when, what somebody must do by when."""

    type: ActionType
    target: tuple[str, ...] = ()
    until: str = ""
    duty: str = ""
    deadline: str = ""


class PackRule(Strict, frozen=True, kw_only=True):
    """One row of a pack. `check` names the code that carries it out, in `with_` its parameters.

    A rule without a check is a duty of the operator that no request can break; `covered_by` then
    says which part of the platform serves it.
    """

    id: str
    title: str
    effective: Effective
    mark: Mark
    source: tuple[str, ...]
    measure: Measure
    action: Action
    timing: str
    log: tuple[str, ...] = ()
    law: str = ""
    note: str = ""
    check: str = ""
    covered_by: str = ""
    with_: dict[str, Any] = msgspec.field(name="with", default_factory=dict)
    adjustable: dict[str, Adjusting] = msgspec.field(default_factory=dict)
    """Parameters that are the operator's to set: freely, or only lower or higher than here."""
    choices: tuple[Window, ...] = ()
    """Windows the law lets an operator choose instead of the measure's."""

    @property
    def ships_on(self) -> bool:
        """Whether the rule is on unless an operator says otherwise."""
        return self.mark not in SHIPS_OFF


class Pack(Strict, frozen=True, kw_only=True, dict=True):
    """A jurisdiction. `sources` gives the address of each source key.

    `region` is where its data must stay; `shows_names` whether its regulator may see names. The
    typed parts beside the rules are in `core.compliance.parts`.
    """

    pack: str
    name: str
    authority: str
    revision: int
    timezone: str
    currency: str
    region: str
    age_least: int
    rules: tuple[PackRule, ...]
    sources: dict[str, str]
    as_of: date | None = None
    """When the pages behind the rules were read."""
    holidays: tuple[date, ...] = ()
    shows_names: bool = False
    registers: dict[str, Register] = msgspec.field(default_factory=dict)
    retention: tuple[Retention, ...] = ()
    tax: tuple[Tax, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    feeds: dict[str, Feed] = msgspec.field(default_factory=dict)
    overlay: Overlay | None = None

    @cached_property
    def zone(self) -> Zone:
        """The pack's clock."""
        return Zone(self.timezone, self.holidays)

    def in_force(
        self, on: date, *, switched_on: frozenset[str] = frozenset()
    ) -> tuple[PackRule, ...]:
        """Return the rules that bind on a local day, in order of their ids.

        `switched_on` names rules an operator has confirmed for himself although they ship off; his
        overlay may name more, and some he does without.
        """
        return tuple(
            rule for rule in sorted(self.rules, key=lambda rule: (rule.id, rule.effective.from_))
            if rule.effective.covers(on) and (rule.id in switched_on or self.is_on(rule))
        )  # fmt: skip

    def is_on(self, rule: PackRule) -> bool:
        """Say whether a rule is on within its dates: as it ships, or as the overlay has it."""
        if self.overlay is None:
            return rule.ships_on
        if rule.id in self.overlay.switched_off:
            return False
        return rule.ships_on or rule.id in self.overlay.switched_on

    def kept(self, record: RecordClass) -> Retention | None:
        """Return the longest claim on a class of record; null if nobody claims any length."""
        claims = [one for one in self.retention if one.record == record and one.years is not None]
        return max(claims, key=lambda one: one.years or 0, default=None)

    def version(self, on: date) -> str:
        """Return the version in force on a local day: the last day the rules changed, and revision.

        A pack whose rules all begin later has version 0.
        """
        days, names = self._versions
        return names[bisect_right(days, on)]

    @cached_property
    def _versions(self) -> tuple[tuple[date, ...], tuple[str, ...]]:
        """The days on which a row begins or ends, and the version before, between and after."""
        days = {rule.effective.from_ for rule in self.rules}
        days |= {rule.effective.to for rule in self.rules if rule.effective.to is not None}
        ordered = tuple(sorted(days))
        names = ("0", *(f"{day:%Y.%m.%d}" for day in ordered))
        return ordered, tuple(f"{name}-{self.revision}" for name in names)


def content_hash(pack: Pack) -> str:
    """Return what names the very content of a pack: a hash of all it says."""
    return sha256(msgspec.json.encode(pack, order="sorted")).hexdigest()
