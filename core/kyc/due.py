"""What runs out, and what follows. Way: rows -> here -> staff, words for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.compliance.calendar import Zone
from core.compliance.checks.kyc_gate import LEVELS
from core.compliance.pack import Pack
from core.kyc.levels import Listed, is_expired, level_on
from core.kyc.telling import pseudonym_of
from core.kyc.vault import Vault, listed
from core.kyc.words import keep_word


@dataclass(frozen=True, slots=True)
class Due:
    """A document that is or soon will be out of date, and whether a level rests on it."""

    record: Listed
    days: int
    is_needed: bool


def due(vault: Vault, packs: Mapping[str, Pack], at_us: int, within_days: int) -> list[Due]:
    """Return documents whose last good day is within so many days, the earliest first.

    Those replaced already, so that no level falls with them, are not asked for again.
    """
    found = []
    for records in _by_player(vault.list()).values():
        for one in records:
            if one.expires_on and one.destroyed_us is None:
                today = _today(packs, one.jurisdiction, at_us)
                last = date.fromisoformat(one.expires_on)
                if (last - today).days <= within_days:
                    found.append(Due(one, (last - today).days, _is_needed(records, one)))
    return sorted(found, key=lambda one: (one.record.expires_on, one.record.id))


def expire(vault: Vault, packs: Mapping[str, Pack], at_us: int) -> int:
    """Keep a word for every player whose level fell because time went on; return how many."""
    region, count = vault.region.name, 0
    for player, records in _by_player(vault.list()).items():
        today = _today(packs, records[-1].jurisdiction, at_us)
        if not any(is_expired(one, today) for one in records):
            continue
        with vault.engine.begin() as connection:
            pseudonym_of(connection, region, player)
            fresh = listed(connection, region, player)
            pack = packs[fresh[-1].jurisdiction]
            cause = (f"expired {today.isoformat()}", at_us)
            count += keep_word(connection, region, pack, fresh, cause)
    return count


def _is_needed(records: list[Listed], document: Listed) -> bool:
    """Say whether the level falls the day after a document's last."""
    day_after = date.fromisoformat(document.expires_on) + timedelta(days=1)
    with_it = [one if one.id != document.id else _without_end(one) for one in records]
    then, else_ = level_on(records, day_after), level_on(with_it, day_after)
    return LEVELS.index(then) < LEVELS.index(else_)


def _without_end(one: Listed) -> Listed:
    return replace(one, expires_on="")


def _by_player(records: list[Listed]) -> dict[str, list[Listed]]:
    found: dict[str, list[Listed]] = {}
    for one in records:
        found.setdefault(one.player, []).append(one)
    return found


def _today(packs: Mapping[str, Pack], jurisdiction: str, at_us: int) -> date:
    return Zone(packs[jurisdiction].timezone).local(at_us).date()
