"""A player's scores as a table for the terminal. Way: the service's answer -> here -> Rich."""

from __future__ import annotations

from typing import Any

from rich.table import Table

UNIT = "_unit"


def score_table(answer: dict[str, Any]) -> Table:
    """Lay out the flat answer: a row per model, its reasons below it."""
    table = Table(title=f"Player {answer['player_id']}", caption=_caption(answer))
    for heading in ("model", "score", "unit", "version", "missing"):
        table.add_column(heading)
    table.add_column("why", overflow="fold")
    for name in _models(answer):
        table.add_row(
            name,
            answer[f"{name}_text"],
            answer[f"{name}_unit"].removesuffix(" minor"),
            answer[f"{name}_version"],
            str(answer[f"{name}_features_missing"]),
            "\n".join(map(_line, answer.get(f"{name}_reasons", ()))),
        )
    return table


def _models(answer: dict[str, Any]) -> list[str]:
    return sorted(key.removesuffix(UNIT) for key in answer if key.endswith(UNIT))


def _line(reason: dict[str, Any]) -> str:
    category = reason["category"].replace("_", " ")
    return f"[bold]{category}[/] {reason['direction']}: {'; '.join(reason['because'])}"


def _caption(answer: dict[str, Any]) -> str:
    parts = [answer["code"]]
    if "features_as_of" in answer:
        parts.append(f"as of {answer['features_as_of'][:19].replace('T', ' ')} UTC")
    if answer.get("stale"):
        parts.append("last known")
    return "; ".join([*parts, *answer.get("findings", ())])
