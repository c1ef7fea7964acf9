"""What a pack's head and its parts beside the rules must say. Way: Pack -> here -> lint."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.compliance.calendar import term
from core.compliance.lint_rules import Said, faults_of_mark
from core.compliance.pack import Pack
from core.compliance.parts import CheckPoint, Intervention, RecordClass, Register, Tax, TaxRate
from core.compliance.places import Steps
from core.currency import is_currency
from core.errors import DeclarationError

_RESTRICTS = frozenset({"suppress_marketing", "suppress_bonus", "break", "block_play"})
_CONTACTS = frozenset({"staff_task", "call", "review"})


def head(pack: Pack) -> Said:
    """Zone and currency exist, the least age is one, the revision counts from 1."""
    try:
        ZoneInfo(pack.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield ("timezone",), f"there is no zone {pack.timezone!r}"
    if not is_currency(pack.currency):
        yield ("currency",), f"{pack.currency!r} is no currency amounts can be in"
    if not 16 <= pack.age_least <= 30:
        yield ("age_least",), f"{pack.age_least} - expected between 16 and 30"
    if pack.revision < 1:
        yield ("revision",), "counts from 1"
    if not pack.rules:
        yield ("rules",), "a pack without rules"
    if pack.overlay is not None:
        yield ("overlay",), "is the operator's, in a file of its own"


def sources(pack: Pack) -> Said:
    """Every source is an address (or several, parted by spaces), and used by some row."""
    used = {key for _, _, keys in _marked(pack) for key in keys}
    used |= {key for rule in pack.rules for key in rule.source}
    for key, addresses in pack.sources.items():
        if key not in used:
            yield ("sources", key), "used by no row"
        for one in addresses.split() or [""]:
            if not one.startswith(("https://", "http://")):
                yield ("sources", key), f"{one!r} - expected an address"


def marks_of_parts(pack: Pack) -> Said:
    """What holds for the marks and sources of rules holds for those of every part."""
    for at, mark, keys in _marked(pack):
        yield from faults_of_mark(at, mark, keys, pack)


def rules_named(pack: Pack) -> Said:
    """A rule named by a part is there."""
    ids = {rule.id for rule in pack.rules}
    named: list[tuple[Steps, str]] = [
        *((("registers", key), one.rule) for key, one in pack.registers.items()),
        *((("tax", n), one.rule) for n, one in enumerate(pack.tax)),
        *((("interventions", n), one.rule) for n, one in enumerate(pack.interventions)),
        *((("feeds", key), one.rule) for key, one in pack.feeds.items()),
    ]
    for at, rule_id in named:
        if rule_id and rule_id not in ids:
            yield (*at, "rule"), f"there is no rule {rule_id}"


def registers(pack: Pack) -> Said:
    """A register is asked at some point, within some time; an outage is of one of its points."""
    for key, register in pack.registers.items():
        for said in _faults_of_register(register):
            yield ("registers", key), said


def retention(pack: Pack) -> Said:
    """Every class of record is spoken of, if only as unknown; an unknown length is marked K."""
    spoken = {one.record for one in pack.retention}
    for record in get_args(RecordClass):
        if record not in spoken:
            yield ("retention",), f"nothing on {record}: write it with years null if unknown"
    for place, one in enumerate(pack.retention):
        if one.years is not None and one.years < 1:
            yield ("retention", place), f"{one.years} years"
        if one.years is None and one.mark != "K":
            yield ("retention", place), f"an unknown length marked {one.mark} - expected K"


def taxes(pack: Pack) -> Said:
    """A tax has rates of days that do not meet; a statistic has none; ids are met once."""
    ids = [one.id for one in pack.tax]
    for place, tax in enumerate(pack.tax):
        if ids.count(tax.id) > 1:
            yield ("tax", place, "id"), f"{tax.id} twice"
        for said in _faults_of_tax(tax):
            yield ("tax", place), said


def interventions(pack: Pack) -> Said:
    """Every step has its times; a level does at least what its name says."""
    ids = [one.id for one in pack.interventions]
    for place, one in enumerate(pack.interventions):
        if ids.count(one.id) > 1:
            yield ("interventions", place, "id"), f"{one.id} twice"
        for said in _faults_of_intervention(one):
            yield ("interventions", place), said


def _marked(pack: Pack) -> Iterator[tuple[Steps, str, tuple[str, ...]]]:
    """Yield the place, mark and source keys of every part beside the rules."""
    for n, kept in enumerate(pack.retention):
        yield ("retention", n), kept.mark, kept.source
    for n, tax in enumerate(pack.tax):
        yield ("tax", n), tax.mark, tax.source
        for item, treated in tax.items.items():
            yield ("tax", n, "items", item), treated.mark, treated.source
        for place, rate in enumerate(tax.rates):
            yield ("tax", n, "rates", place), rate.mark, rate.source
    for n, step in enumerate(pack.interventions):
        yield ("interventions", n), step.mark, step.source
    for key, register in pack.registers.items():
        yield ("registers", key), register.mark, register.source
    for key, feed in pack.feeds.items():
        yield ("feeds", key), feed.mark, feed.source


def _faults_of_register(register: Register) -> Iterator[str]:
    if not register.at:
        yield "is asked at no check point"
    if len(set(register.at)) < len(register.at):
        yield "a check point twice"
    points: set[CheckPoint] = set(register.outage) - set(register.at)
    for point in sorted(points):
        yield f"an outage at {point}, where it is not asked"
    for text in (register.timeout, register.max_age):
        if text or text is register.timeout:
            yield from _fault_of_term(text)


def _faults_of_tax(tax: Tax) -> Iterator[str]:
    if (tax.kind == "statistic") != (not tax.rates):
        yield f"a {tax.kind} with {len(tax.rates)} rates"
    if tax.less_tax and tax.base != "stakes":
        yield f"less_tax of {tax.base}"
    for item, treated in tax.items.items():
        if (treated.counts == "unknown") != (treated.mark == "K"):
            yield f"{item} {treated.counts}, marked {treated.mark}: unknown is K, and K unknown"
    for rate in tax.rates:
        yield from _fault_of_percent(rate)
    ordered = sorted(tax.rates, key=lambda rate: rate.effective.from_)
    for before, after in pairwise(ordered):
        if before.effective.to is None or before.effective.to > after.effective.from_:
            yield f"two rates on {after.effective.from_}"


def _fault_of_percent(rate: TaxRate) -> Iterator[str]:
    try:
        if not 0 < rate.fraction < 1 or Fraction(rate.percent) != rate.fraction * 100:
            yield f"a rate of {rate.percent} %"
    except (ValueError, ZeroDivisionError):
        yield f"a rate of {rate.percent!r} - expected a number in quotes"
    if rate.effective.to is not None and rate.effective.to <= rate.effective.from_:
        yield f"a rate that ends {rate.effective.to}, before it begins"


def _faults_of_intervention(one: Intervention) -> Iterator[str]:
    when = one.when
    if bool(when.value) != bool(when.than):
        yield "when: value and than go together"
    if when.marker == "*" and not when.is_strong:
        yield "any marker at all: every sign would be answered alike"
    if when.than:
        yield from _fault_of_number(when.than)
    if one.level == "restrict" and not _RESTRICTS & set(one.steps):
        yield "restrict without a step that restricts"
    if one.level == "contact" and not _CONTACTS & set(one.steps):
        yield "contact without a step of a person"
    if "review" in one.steps and not one.review_within:
        yield "a review without a time"
    for text in (
        one.deadline,
        one.evaluate_after,
        *([one.review_within] * bool(one.review_within)),
    ):
        yield from _fault_of_term(text)


def _fault_of_number(text: str) -> Iterator[str]:
    try:
        Fraction(text)
    except (ValueError, ZeroDivisionError):
        yield f"than {text!r} - expected a number in quotes"


def _fault_of_term(text: str) -> Iterator[str]:
    try:
        term(text)
    except DeclarationError as error:
        yield str(error)


PART_LAWS = (
    head, sources, marks_of_parts, rules_named, registers, retention, taxes, interventions,
)  # fmt: skip
