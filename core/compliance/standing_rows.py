"""A standing as two rows. Way: guard, desk <- here -> books, one transaction.

What every stake moves is in one row, the rest in another that is written only if it has changed: a
stake then writes a fifth of what the rules know of a player.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.compliance.standing import Play, Standing
from core.ledger.books import Books, Wanted
from core.ledger.rule_rows import StandingRow, StandingSettled
from core.typed_json import reader_of

SETTLED: dict[str, Any] = {
    "born_on": None, "name_key": None, "verified": "", "opened_us": 0, "limits": (), "holds": (),
    "paid": msgspec.Raw(b"[]"), "registers": {}, "consents": (), "consents_version": "",
    "attempts": {}, "values": {}, "legal_hold": "",
}  # fmt: skip
"""Fields no stake moves, with what they are in the row of the others."""
MOVED: dict[str, Any] = {
    "seen_us": 0, "sums": {}, "accrued_deposits": 0, "accrued_withdrawals": 0, "accrued_stakes": 0,
    "accrued_wins": 0, "weeks": (), "play": Play(), "marks": {}, "duties": (),
}  # fmt: skip
"""The others, but for those both rows have."""


def want_standing(wanted: Wanted, player: str) -> None:
    """Want what `read_standing` reads."""
    wanted.add(StandingRow, player)
    wanted.add(StandingSettled, player)


def read_standing(books: Books, player: str) -> Standing | None:
    """Return a player's standing, null if he has none."""
    row = books.get(StandingRow, player)
    if row is None:
        return None
    moved = reader_of(Standing).decode(row.body)
    rest = books.get(StandingSettled, player)
    if rest is None:  # written whole, before there were two
        return moved
    settled = reader_of(Standing).decode(rest.body)
    return msgspec.structs.replace(settled, **{name: getattr(moved, name) for name in MOVED})


def put_standing(books: Books, standing: Standing) -> None:
    """Write a standing in its place, one version later."""
    old = books.get(StandingRow, standing.player)
    books.put(
        StandingRow(
            player=standing.player, jurisdiction=standing.jurisdiction,
            version=0 if old is None else old.version + 1, body=_text(standing, SETTLED),
        )
    )  # fmt: skip
    body, rest = _text(standing, MOVED), books.get(StandingSettled, standing.player)
    if rest is None or rest.body != body:
        books.put(StandingSettled(player=standing.player, body=body))


def _text(standing: Standing, without: dict[str, Any]) -> str:
    return msgspec.json.encode(msgspec.structs.replace(standing, **without)).decode()
