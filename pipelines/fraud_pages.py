"""The page of the rules of fraud. Way: rules -> here -> docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.fraud.graph import BASE, HUB, IP_MOST
from core.fraud.rule import Rule, known_rules
from core.guard import repository_root

_MADE = "Made by `make docs`; edit the rules, not this page.\n"


def fraud_pages() -> dict[Path, str]:
    """Return the page: its place and its text."""
    parts = ["# Rules of fraud\n", _MADE]
    parts += ["How they are used is in [fraud.md](fraud.md). No law fixes these numbers: all are"]
    parts += ["mark D, the operator's to set. `_minor` is the operator's base currency.\n"]
    for one in known_rules().values():
        parts += _rule(one)
    parts += ["## Weights of the graph\n", "| shared | thousandths of a sure link |", "|---|---:|"]
    parts += [f"| {kind} | {weight} |" for kind, weight in BASE.items()]
    parts += [f"\nDivided by the number of others who use it; from {HUB + 1} players on it says"]
    parts += [f"nothing. Addresses alone never weigh more than {IP_MOST} together."]
    text = "\n".join(parts).rstrip() + "\n"
    return {repository_root() / "docs" / "fraud-rules.md": text}


def _rule(one: Rule) -> Iterator[str]:
    yield f"## {one.id}: {one.title}\n"
    yield f"{one.why} Source of the idea: {one.source}. Mark D, version {one.version}.\n"
    yield f"{' '.join((one.parameters.__doc__ or '').split())}\n"
    asked = one.parameters()
    values = [f"`{name}` {getattr(asked, name)}" for name in asked.__struct_fields__]
    yield f"- {', '.join(values)}"
    yield f"- asked at: {', '.join(sorted(one.asked_at))}"
    if one.lacks:
        yield f"- not computed: {one.lacks}"
    yield ""
