"""What markers take in of a player. Way: event log, warehouse -> here -> past.

One translation: from a fact's name and fields. Amounts are minor units of the fact's own currency,
instants UTC microseconds; nothing happens after it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from core.compliance.calendar import instant_us
from core.events.envelope import Event
from core.events.registry import fact_name

Kind = Literal[
    "registered", "stake", "win", "undone", "deposit", "declined", "withdrawal_asked",
    "withdrawal_cancelled", "session", "limit_raise", "limit_lower", "limit_hit", "time_out",
    "reality_check", "exclusion_page", "contact",
]  # fmt: skip
PLAY: frozenset[str] = frozenset({"stake", "win", "session"})
"""Kinds that show the player is there to play."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a player did, or that was done to him.

    `about` is what it was about, by kind: the instrument of a deposit, the code of a decline, the
    type of a game, the topic of a contact, the id of what is undone. `balance` is what was left
    after it, null if nobody said.
    """

    player: str
    at_us: int
    known_us: int
    id: str
    kind: Kind
    amount: int = 0
    currency: str = ""
    about: str = ""
    balance: int | None = None
    jurisdiction: str = ""
    birth_year: int | None = None


Fields = Mapping[str, Any]
Read = Callable[[Fields], dict[str, Any] | None]


def _money(kind: Kind, about: str) -> Read:
    return lambda said: {
        "kind": kind, "amount": said["amount_minor"], "currency": said["currency"],
        "about": str(said.get(about) or ""), "balance": said.get("balance_after_minor"),
        "id": f"{kind}/{said.get('activity_id') or said.get('payment_id')}",
    }  # fmt: skip


def _undone(said: Fields) -> dict[str, Any]:
    kind = "stake" if said["undone"] == "bet" else "win"
    return {"kind": "undone", "about": f"{kind}/{said['reference_activity_id']}"}


def _plain(kind: Kind, about: str = "") -> Read:
    return lambda said: {"kind": kind, "about": str(said.get(about) or "")}


def _limit(said: Fields) -> dict[str, Any] | None:
    return {"kind": "limit_lower"} if said["change"] in ("new", "decrease") else None


def _removal(said: Fields) -> dict[str, Any] | None:
    return {"kind": "limit_raise", "about": "removal"} if said["change"] == "removal" else None


def _limit_set(said: Fields) -> dict[str, Any] | None:
    return _limit(said) or _removal(said)


def _page(said: Fields) -> dict[str, Any] | None:
    return None if said["completed"] else {"kind": "exclusion_page"}


def _registered(said: Fields) -> dict[str, Any]:
    return {
        "kind": "registered", "jurisdiction": said["jurisdiction"], "currency": said["currency"],
        "birth_year": said["birth_year"],
    }  # fmt: skip


READERS: Mapping[str, Read] = {
    "player_registered": _registered,
    "bet_placed": _money("stake", "game_type"),
    "bet_won": _money("win", "game_type"),
    "bet_rolled_back": _undone,
    "deposit_approved": _money("deposit", "instrument_id"),
    "deposit_declined": _money("declined", "decline_code"),
    "withdrawal_requested": _money("withdrawal_asked", "instrument_id"),
    "withdrawal_cancelled": _money("withdrawal_cancelled", "instrument_id"),
    "session_started": _plain("session"),
    "game_launched": _plain("session"),
    "limit_increase_requested": _plain("limit_raise", "kind"),
    "limit_set": _limit_set,
    "limit_hit": _plain("limit_hit", "kind"),
    "player_timed_out": _plain("time_out"),
    "reality_check_shown": _plain("reality_check", "response"),
    "exclusion_page_viewed": _page,
    "ticket_opened": _plain("contact", "topic"),
}
"""Facts that are taken in; all others are left alone."""


def deed(name: str, said: Fields, player: str, times: tuple[int, int, str]) -> Deed | None:
    """Return what a fact says; null if nothing a marker looks at. `times`: at, known, event id."""
    reader = READERS.get(name) if "\x00" not in player else None
    read = reader(said) if reader is not None else None
    if read is None:
        return None
    at_us, known_us, event_id = times
    return Deed(
        player=player, at_us=min(at_us, known_us), known_us=known_us, **{"id": event_id, **read}
    )


def deed_of_event(event: Event) -> Deed | None:
    """Return what an event says."""
    name = fact_name(type(event.fact))
    if name not in READERS:
        return None
    times = (instant_us(event.time), instant_us(event.recorded), str(event.id))
    return deed(name, msgspec.structs.asdict(event.fact), event.subject, times)
