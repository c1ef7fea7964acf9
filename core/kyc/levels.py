"""Which level a player's records confirm, and when one runs out. Way: rows -> here -> words, due.

The highest level of the passed checks since the last failed one counts, of those whose documents
are all there and good on the pack's local day. A document is good to the end of its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.compliance.checks.kyc_gate import LEVELS


@dataclass(frozen=True, slots=True)
class Listed:
    """A record as a listing shows it: nothing of it is opened."""

    id: str
    jurisdiction: str
    player: str
    kind: str
    what: str
    expires_on: str
    level: str
    links: tuple[str, ...]
    at_us: int
    put_us: int
    put_by: str
    key_id: str
    has_document: bool
    destroyed_us: int | None


def level_on(records: Iterable[Listed], today: date) -> str:
    """Return the level confirmed on a local day, "" for none."""
    kept = [one for one in records if one.destroyed_us is None]
    by_id = {one.id: one for one in kept}
    checks = sorted((one for one in kept if one.kind == "check"), key=_order)
    failed = max((n for n, one in enumerate(checks) if one.what == "failed"), default=-1)
    good = [one.level for one in checks[failed + 1 :] if _is_good(one, by_id, today)]
    return max(good, key=LEVELS.index, default="")


def is_expired(record: Listed, today: date) -> bool:
    """Say whether a record's last good day has passed."""
    return bool(record.expires_on) and date.fromisoformat(record.expires_on) < today


def _is_good(check: Listed, by_id: Mapping[str, Listed], today: date) -> bool:
    rests_on = [by_id.get(name) for name in check.links]
    return all(one is not None and not is_expired(one, today) for one in rests_on)


def _order(one: Listed) -> tuple[int, int, bool, str]:
    """Order checks by when they were made; of the same instant the failed one is the last."""
    return one.at_us, one.put_us, one.what == "failed", one.id
