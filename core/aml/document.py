"""A draft as data and as a page to read. Way: drafts -> here -> the person who files.

The narrative is a skeleton of plain sentences made of the evidence; who files it says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from core.aml.evidence import Evidence, Line, money
from core.compliance.calendar import Zone


class Subject(msgspec.Struct, frozen=True):
    """Whom it is about, by pseudonym; names are added by who files."""

    player: str
    others: tuple[str, ...]
    is_suspect_known: bool


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a report would say; instants UTC microseconds, amounts minor units of `currency`."""

    kind: str
    version: int
    case: str
    jurisdiction: str
    timezone: str
    currency: str
    due_us: int | None
    subject: Subject
    since_us: int
    until_us: int
    amount: int
    findings: tuple[Evidence, ...]
    transactions: tuple[Line, ...]
    reasons: tuple[str, ...]


def document_of(draft: Draft, digest: str) -> str:
    """Return the page, as Markdown."""
    zone = Zone(draft.timezone)
    parts = [f"# Draft of a {draft.kind}, version {draft.version}\n", *_head(draft, zone)]
    parts += ["## What was seen\n", *_narrative(draft, zone), "## Transactions\n"]
    parts += ["| when | account | what | amount | instrument | id |", "|---|---|---|---:|---|---|"]
    parts += [_row(line, draft.currency, zone) for line in draft.transactions]
    parts += [
        "\n## Why the desk decided so\n",
        *(f"- {_plain(reason)}" for reason in draft.reasons),
    ]
    parts += ["\n## To be added by the person who files\n"]
    parts += ["- [ ] identity, address, document and occupation of the subject"]
    parts += ["- [ ] what the subject said, if anything was asked for another reason"]
    parts += ["- [ ] why it is suspicious, in your own words"]
    parts += [f"\nData hash (SHA-256): `{digest}`. A draft: nothing was filed by the system."]
    return "\n".join(parts) + "\n"


def _head(draft: Draft, zone: Zone) -> Iterator[str]:
    yield f"- Case: {draft.case} ({draft.jurisdiction})"
    yield f"- Subject: account {draft.subject.player}"
    if draft.subject.others:
        yield f"- Linked accounts: {', '.join(draft.subject.others)}"
    yield f"- Period: {_when(draft.since_us, zone)} to {_when(draft.until_us, zone)}"
    yield f"- Sum of the transactions below: {money(draft.amount, draft.currency)}"
    due = "no term is known" if draft.due_us is None else _when(draft.due_us, zone)
    yield f"- To be filed by: {due}\n"


def _narrative(draft: Draft, zone: Zone) -> Iterator[str]:
    for one in draft.findings:
        when = f"From {_when(one.since_us, zone)} to {_when(one.until_us, zone)}"
        yield f"{when}: {one.said}\n"
        yield from (
            f"- {figure.name}: {figure.value}"
            + (f" (bound {figure.bound})" if figure.bound else "")
            for figure in one.figures
        )
        yield f"- pattern {one.typology}" + (f", rule {one.rule}" if one.rule else "") + "\n"


def _row(line: Line, currency: str, zone: Zone) -> str:
    amount = money(line.amount, currency)
    cells = (
        _when(line.at_us, zone),
        line.player,
        line.kind,
        amount,
        line.instrument or "",
        line.id,
    )
    return "| " + " | ".join(map(_plain, cells)) + " |"


def _when(at_us: int, zone: Zone) -> str:
    return zone.local(at_us).strftime("%Y-%m-%d %H:%M:%S %Z")


def _plain(text: str) -> str:
    """Return a text that cannot be taken for a table or for markup."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
