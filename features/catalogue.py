"""Every feature, its meaning and why. Way: views -> describe -> here -> docs, command."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from features.describe import describe_view
from features.registry import feature_names
from features.spec import SessionView, View
from features.words import spoken

_HEAD = """# Features

Made by `evenhand features list --markdown`; edit the views, not this file. A feature's value at an
instant counts what had happened and was known by then, in a window over business time:
`floor((t - W) / h) * h <= occurred_at <= t and recorded_at <= t`. Amounts are in minor units of the
base currency. A count or a sum of nothing is 0; everything else that saw nothing is null.

Night is 0-6 h of the player's local time where the fact carries a local hour (sessions, logins).
Deposits carry none: their night is 0-6 h UTC, off by the player's time zone, and says so. Weekends
and the hours of bets are UTC too. Loyalty to a provider or a game is bets for each one played.
"""


def as_markdown(views: Sequence[View]) -> str:
    """Return the catalogue as Markdown, one table per view."""
    parts = [_HEAD, f"{len(feature_names(views))} features in {len(views)} views."]
    for view in views:
        facts = ", ".join(f"`{source}`" for source in view.sources)
        parts += [
            f"\n## {view.name}\n",
            f"{view.why}\n",
            f"Reads {facts}.{_sessions_of(view)}\n",
            f"Category: {view.category}; indicator: {view.indicator}; owner: {view.owner}.\n",
            "| feature | meaning | unit |\n|---|---|---|",
            *(f"| `{m.name}` | {m.phrase} | {m.unit} |" for m in describe_view(view)),
        ]
    return "\n".join(parts)


def _sessions_of(view: View) -> str:
    """Say what a session is, where the view infers sessions."""
    if not isinstance(view, SessionView):
        return ""
    pause = spoken(view.gap_s, "s")
    return (
        f" They are one session as long as no pause between them is over {pause}; a session the"
        " window's far end cuts counts with what is left of it."
    )


def as_table(views: Sequence[View]) -> Table:
    """Return the catalogue as a table for a terminal."""
    table = Table(
        "feature", "meaning", "unit", "view", title=f"{len(feature_names(views))} features"
    )
    for view in views:
        for meta in describe_view(view):
            table.add_row(meta.name, meta.phrase, meta.unit, meta.view)
        table.add_section()
    return table
