"""A page for each jurisdiction, from its pack. Way: packs, checks -> here -> docs/jurisdictions.

Nothing is written there by hand: what a page says of a rule is what the rule and its check say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.compliance.judge import known_checks
from core.compliance.load import packs
from core.compliance.marks import MARKS
from core.compliance.pack import Pack, PackRule
from core.compliance.parts import Counts, Intervention, Tax
from core.compliance.wording import action_words, dates_words, measure_words, term_words
from core.guard import repository_root

_MADE = "Made by `make docs`; edit the pack and the checks, not this page.\n"
_LIMITS = (
    "**Research, not legal advice.** Compiled from public pages, most of them read in part. Verify "
    "every row against the official text before anybody plays under it; what the marks mean is in "
    "[the guide](../packs.md).\n"
)

_COUNTS: dict[Counts, str] = {
    "counts": "in full", "nothing": "not counted", "unless_cash": "not counted, unless the player "
    "could have had cash instead", "as_due": "at what was due without the offer",
    "when_released": "once it is released", "share": "taken off in a share the law sets",
    "reversed": "what was counted is taken back", "unknown": "unknown; reports show it apart",
}  # fmt: skip


def pack_pages() -> dict[Path, str]:
    """Return every jurisdiction's page: its place and its text."""
    folder = repository_root() / "docs" / "jurisdictions"
    return {folder / f"{name}.md": page_of(pack) for name, pack in packs().items()}


def page_of(pack: Pack) -> str:
    """Return the page of a pack."""
    parts = [f"# {pack.name} ({pack.pack})\n", _MADE, _LIMITS, *_head(pack), *_overview(pack)]
    parts += ["## Each rule\n"]
    for rule in _ordered(pack):
        parts += _section(pack, rule)
    parts += [*_registers(pack), *_retention(pack), *_taxes(pack), *_steps(pack), *_feeds(pack)]
    return "\n".join(parts).rstrip() + "\n"


def _head(pack: Pack) -> Iterator[str]:
    yield f"- Authority: {pack.authority}"
    yield f"- As of: {pack.as_of}; revision {pack.revision}"
    yield f"- Clock and currency: {pack.timezone}, {pack.currency}"
    yield f"- Data stay in: {pack.region}; least age: {pack.age_least}"
    on = sum(rule.ships_on for rule in pack.rules)
    yield f"- {len(pack.rules)} rows, {on} of them ship on, {len(pack.rules) - on} ship off\n"


def _ordered(pack: Pack) -> list[PackRule]:
    return sorted(pack.rules, key=lambda rule: (rule.id, rule.effective.from_))


def _overview(pack: Pack) -> Iterator[str]:
    yield "## All rules\n"
    yield _heads("rule", "what it says", "mark", "ships", "dates")
    for rule in _ordered(pack):
        ships = "on" if rule.ships_on else "**off**"
        cells = [rule.id, rule.title, rule.mark, ships, dates_words(rule.effective)]
        yield _row(cells)
    yield ""


def _section(pack: Pack, rule: PackRule) -> Iterator[str]:
    yield f"### {rule.id}, {dates_words(rule.effective)}\n"
    yield f"{_safe(rule.title)}.\n"
    if rule.law:
        yield f"- Law: {_safe(rule.law)}"
    off = "" if rule.ships_on else "; ships **off**"
    yield f"- Mark {rule.mark}: {MARKS[rule.mark]}{off}"
    if rule.source:
        yield f"- Read in: {_links(pack, rule.source)}"
    yield f"- Measures: {measure_words(rule.measure)}"
    yield f"- Does: {action_words(rule.action)} ({_safe(rule.timing)})"
    yield from _carried_out(rule)
    if rule.log:
        yield f"- Log: {', '.join(f'`{name}`' for name in rule.log)}"
    if rule.note:
        yield f"- Note: {_safe(rule.note)}"
    yield ""


def _carried_out(rule: PackRule) -> Iterator[str]:
    check = known_checks().get(rule.check)
    if check is not None:
        yield f"- Check `{check.name}`: {_safe(check.says)}"
    elif rule.covered_by:
        yield f"- Covered by: {_safe(rule.covered_by)}"
    else:
        yield "- Not carried out yet"
    if rule.with_:
        yield f"- Parameters: `{json.dumps(rule.with_, ensure_ascii=False)}`"
    if rule.adjustable:
        ways = ", ".join(f"`{name}` ({way})" for name, way in sorted(rule.adjustable.items()))
        yield f"- The operator may set: {ways}"


def _registers(pack: Pack) -> Iterator[str]:
    if not pack.registers:
        return
    yield "## Registers\n"
    yield _heads("register", "asked at", "silent means", "rule", "mark", "read in")
    for one in pack.registers.values():
        outage = ", ".join(f"{point}: {one.when_silent(point)}" for point in one.at)
        cells = [one.name, ", ".join(one.at), outage, one.rule, one.mark]
        yield _row([*cells, _links(pack, one.source)])
    yield ""


def _retention(pack: Pack) -> Iterator[str]:
    yield "## Records kept\n"
    yield "Of several terms the longest holds; then the record is deleted. Unknown terms delete"
    yield "nothing until the operator names one in his overlay.\n"
    yield _heads("record", "years", "since", "mark", "read in")
    for one in pack.retention:
        years = "unknown" if one.years is None else str(one.years)
        since = one.since.replace("_", " ")
        yield _row([one.record, years, since, one.mark, _links(pack, one.source)])
    yield ""


def _taxes(pack: Pack) -> Iterator[str]:
    if not pack.tax:
        return
    yield "## Taxes and statistics\n"
    for tax in pack.tax:
        yield from _tax(pack, tax)


def _tax(pack: Pack, tax: Tax) -> Iterator[str]:
    read_in = _links(pack, tax.source) or "no source"
    words = f"{tax.name}: {tax.kind} on {_base(tax)}, by {tax.period}"
    yield f"**{tax.id}**, {words}; mark {tax.mark}, {read_in}. {_safe(tax.note)}".rstrip() + "\n"
    if tax.only_if:
        yield f"Only if {tax.only_if}.\n"
    for rate in tax.rates:
        yield f"- {rate.percent} % {dates_words(rate.effective)}, mark {rate.mark}"
    for item, treated in tax.items.items():
        words = f"{_COUNTS[treated.counts]}, mark {treated.mark}"
        yield f"- {item.replace('_', ' ')}: {words}. {_safe(treated.note)}".rstrip()
    yield ""


def _base(tax: Tax) -> str:
    base = tax.base.replace("_", " ")
    games = f" of {', '.join(tax.games)}" if tax.games else ""
    return base + games + (", the tax itself taken off" if tax.less_tax else "")


def _steps(pack: Pack) -> Iterator[str]:
    yield "## Steps on markers of harm\n"
    yield _heads("when", "level", "steps", "within", "review", "looked at again", "mark")
    for one in pack.interventions:
        review = term_words(one.review_within) if one.review_within else ""
        steps = ", ".join(step.replace("_", " ") for step in one.steps)
        times = [term_words(one.deadline), review, term_words(one.evaluate_after)]
        yield _row([_when(one), one.level, steps, *times, one.mark])
    yield ""


def _when(one: Intervention) -> str:
    when = one.when
    marker = "any marker" if when.marker == "*" else when.marker
    strong = ", strong" if when.is_strong else ""
    return marker + strong + (f", {when.value} {when.comparator} {when.than}" if when.value else "")


def _feeds(pack: Pack) -> Iterator[str]:
    if not pack.feeds:
        return
    yield "## What the authority is given\n"
    for feed in pack.feeds.values():
        due = f", due {term_words(feed.due)} after" if feed.due else ""
        yield f"- **{feed.name}** ({feed.shape}, {feed.every}{due}; mark {feed.mark}):"
        yield f"  {', '.join(feed.records)}. {_safe(feed.form)}. {_safe(feed.note)}".rstrip()
    yield ""


def _links(pack: Pack, keys: tuple[str, ...]) -> str:
    """Write source keys as links; of a key with several addresses each by its number."""
    words = []
    for key in keys:
        addresses = pack.sources[key].split()
        words.append(f"[{key}]({addresses[0]})")
        words += [f"[{key}/{n}]({one})" for n, one in enumerate(addresses[1:], 2)]
    return ", ".join(words)


def _safe(text: Any) -> str:
    """Keep a text in its cell: no pipe, no tag, no new line."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def _heads(*names: str) -> str:
    return f"{_row(list(names))}\n|{'---|' * len(names)}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace(chr(10), ' ') for cell in cells)} |"
