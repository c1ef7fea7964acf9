"""Who answers. Way: registered versions -> here -> the alias `champion` -> serving.

A version becomes champion only if it met its card when it was trained, does not fall behind the
champion, and enough people stand for it (two for `harm_*`). Nothing here moves by itself. What was
champion becomes `previous`, so that a rollback is one step.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import AcceptanceError, NotReadyError
from models.registry import (
    CHAMPION,
    PREVIOUS,
    LoadedModel,
    client,
    load_version,
    versions_of_alias,
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """What is asked for, by whom, and why."""

    name: str
    version: str
    approvers: tuple[str, ...]
    reason: str


def promote(mlruns: Path, asked: Promotion, clock: Clock) -> str | None:
    """Make a version champion and return the version it replaces, if any.

    Raises:
        AcceptanceError: it failed its card, regresses, or lacks approvers.
        NotReadyError: there is no such version.
    """
    new = load_version(mlruns, asked.name, asked.version)
    _refuse_unapproved(new.card, asked)
    _refuse_failed(new.record, asked)
    old = versions_of_alias(mlruns, (asked.name,), CHAMPION).get(asked.name)
    if old == new.version:
        return None
    if old is not None:
        _refuse_regression(new, load_version(mlruns, asked.name, old), asked)
        client(mlruns).set_registered_model_alias(asked.name, PREVIOUS, old)
    _stamp(mlruns, asked, clock)
    client(mlruns).set_registered_model_alias(asked.name, CHAMPION, new.version)
    return old


def rollback(mlruns: Path, name: str) -> tuple[str, str]:
    """Swap champion and previous; return (was, is).

    Raises:
        NotReadyError: there is nothing to go back to.
    """
    now = versions_of_alias(mlruns, (name,), CHAMPION).get(name)
    before = versions_of_alias(mlruns, (name,), PREVIOUS).get(name)
    if now is None or before is None:
        raise NotReadyError(
            f"{name} has champion {now} and previous {before}",
            expected="both", hint="a rollback undoes a promotion: there was none",
        )  # fmt: skip
    client(mlruns).set_registered_model_alias(name, CHAMPION, before)
    client(mlruns).set_registered_model_alias(name, PREVIOUS, now)
    return now, before


def regression(new: dict[str, Any], old: dict[str, Any]) -> str | None:
    """Return why a record falls behind another, or nothing.

    Only figures of one data set can be compared to a hair; across data sets the new one's upper
    end must reach the old one's value. On the same data it must not fall below its lower end.
    """
    judged_by = new["verdict"]["judged_by"]
    ours, theirs = new["verdict"]["model"][judged_by], old["verdict"]["model"].get(judged_by)
    if theirs is None:
        return f"the champion was judged by {old['verdict']['judged_by']}, this one by {judged_by}"
    same_data = new["data_sha256"] == old["data_sha256"]
    bar = theirs["low"] if same_data else theirs["value"]
    reached = ours["value"] if same_data else ours["high"]
    if reached < bar:
        return f"{judged_by} {ours['value']:.4g} falls behind the champion's {theirs['value']:.4g}"
    return None


def _refuse_unapproved(card: dict[str, Any], asked: Promotion) -> None:
    people = {person.strip().lower() for person in asked.approvers if person.strip()}
    if len(people) < card["approvers"]:
        raise AcceptanceError(
            f"{asked.name} {asked.version} is approved by {len(people)}",
            expected=f"{card['approvers']} different people",
            hint="--approver NAME, once for each",
        )


def _refuse_failed(record: dict[str, Any], asked: Promotion) -> None:
    failed: Sequence[str] = record["verdict"]["failed"]
    if failed:
        raise AcceptanceError(
            f"{asked.name} {asked.version}: {'; '.join(failed)}",
            expected="a version that meets its card", hint="look at its pictures, train again",
        )  # fmt: skip


def _refuse_regression(new: LoadedModel, old: LoadedModel, asked: Promotion) -> None:
    why = regression(new.record, old.record)
    if why is not None:
        raise AcceptanceError(
            f"{asked.name} {asked.version}: {why}", expected="a version no worse",
            hint=f"evenhand compare {asked.name} {old.version} {asked.version} shows both",
        )  # fmt: skip


def _stamp(mlruns: Path, asked: Promotion, clock: Clock) -> None:
    said = {"approvers": sorted(asked.approvers), "reason": asked.reason,
            "at": clock.now().isoformat()}  # fmt: skip
    client(mlruns).set_model_version_tag(
        asked.name, asked.version, "promoted", json.dumps(said, sort_keys=True)
    )
