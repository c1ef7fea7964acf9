"""The page of patterns and what they are judged by. Way: typologies, policies -> here -> docs.

A number that stands in a row of the pack bears that row's mark and sources; all others are mark D,
the operator's to set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.aml.policy import Policy, policies
from core.aml.typology import Parameters, Typology, known_typologies
from core.guard import repository_root

_MADE = "Made by `make docs`; edit the typologies and the policies, not this page.\n"


def aml_pages() -> dict[Path, str]:
    """Return the page: its place and its text."""
    parts = ["# Patterns of money laundering\n", _MADE]
    parts += ["How the desk works with them is in [aml.md](aml.md); what the marks mean is in"]
    parts += ["[packs.md](packs.md). Numbers of mark D are ours: no law says them.\n"]
    for one in known_typologies().values():
        parts += _typology(one)
    for policy in policies().values():
        parts += _policy(policy)
    text = "\n".join(parts).rstrip() + "\n"
    return {repository_root() / "docs" / "aml-patterns.md": text}


def _typology(one: Typology) -> Iterator[str]:
    yield f"## {one.id}: {one.title}\n"
    yield f"{one.says} Sources: {', '.join(one.sources)}. Version {one.version}.\n"
    yield f"{_said(one.parameters)}\n"
    yield f"- asked at: {', '.join(sorted(one.asked_at))}"
    whose = "his own and of those he shares a device or an instrument with"
    yield f"- reads: {whose if one.is_linked else 'his own'}"
    yield f"- looks back: {one.reach(one.parameters())} by default\n"


def _said(parameters: type[Parameters]) -> str:
    return " ".join((parameters.__doc__ or "").split())


def _policy(policy: Policy) -> Iterator[str]:
    yield f"## {policy.pack.name} ({policy.pack.pack}), {policy.pack.currency}\n"
    yield "| pattern | parameter | value | row | mark | sources |"
    yield "|---|---|---|---|---|---|"
    for typology, parameters in policy.asked:
        for name, value, rule in _parameters(parameters):
            cells = (typology.id, name, value, rule, *_marked(policy, rule))
            yield "| " + " | ".join(cells) + " |"
    yield ""
    for report in policy.said.reports:
        term = policy.term(report) or "no term in the pack"
        least = f", from {report.amount} {policy.pack.currency}" if report.amount else ""
        other = f"; {report.no_suspect} if nobody is suspected" if report.no_suspect else ""
        mark, _ = _marked(policy, report.rule)
        yield f"- {report.kind} ({report.rule or 'no row'}, mark {mark}){least}: {term}{other}"
    yield ""


def _parameters(parameters: Parameters) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and row of each parameter; `x_rule` names the row of those called x."""
    said: dict[str, Any] = msgspec.to_builtins(parameters)
    rules = {name.removesuffix("_rule"): said[name] for name in said if name.endswith("_rule")}
    for name, value in said.items():
        if name.endswith("_rule"):
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
            yield from ((name, _words(row), str(row.get("rule", ""))) for row in value)
            continue
        yield (
            name,
            _text(value) or "none",
            next((r for x, r in rules.items() if x in name.split("_")), ""),
        )


def _text(value: Any) -> str:
    """Return a value for people; a pair is joined by a stroke.

    >>> _text((("red", "black"), "x")), _text(3)
    ('red/black, x', '3')
    """
    if not isinstance(value, tuple):
        return str(value)
    return ", ".join("/".join(one) if isinstance(one, tuple) else str(one) for one in value)


def _words(row: Mapping[str, Any]) -> str:
    """Return a threshold in words; the row is told beside it."""
    shown = {name: value for name, value in row.items() if name != "rule" and value}
    return "; ".join(
        name if value is True
        else f"{name} {_text(value)}"
        for name, value in shown.items()
    )  # fmt: skip


def _marked(policy: Policy, rule: str) -> tuple[str, str]:
    rows = [row for row in policy.pack.rules if row.id == rule]
    return (rows[-1].mark, ", ".join(rows[-1].source)) if rows else ("D", "")
