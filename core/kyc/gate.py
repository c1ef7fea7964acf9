"""Tells the compliance desk what the vault found. Way: words -> here -> ComplianceDesk -> gates.

A level is told by the request `verified`, as any account system would: what follows for stakes,
deposits and withdrawals is each pack's `kyc_gate` alone. A level that fell is told as "".
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy import Row, select, update

from core.compliance.request import Request
from core.compliance.requests.account import Verified
from core.kyc.contents import Check
from core.kyc.schema import RECORD, WORD
from core.kyc.telling import By
from core.kyc.vault import Vault


class Asked(Protocol):
    """What is asked of the desk."""

    def ask(self, player: str, request: Request, trace_id: str = "") -> Any:
        """Judge a request and keep what follows."""
        ...


def tell_desk(vault: Vault, desk: Asked, by: By) -> int:
    """Tell what was not told yet, each player's words in order; return how many.

    A word told twice is one to the desk, by its request id. One that fails stays and is told again.

    Raises:
        NotReadyError: the player has no standing under a pack in use.
        RetryableError: the desk cannot be written now.
    """
    wanted = select(WORD).where(WORD.c.told_us.is_(None), WORD.c.region == vault.region.name)
    with vault.engine.begin() as connection:
        words = connection.execute(wanted.order_by(WORD.c.player, WORD.c.seq)).all()
    for word in words:
        desk.ask(word.player, _request(vault, word, by))
        with vault.engine.begin() as connection:
            connection.execute(
                update(WORD).where(
                    WORD.c.region == word.region, WORD.c.player == word.player,
                    WORD.c.seq == word.seq,
                ).values(told_us=by.at_us)
            )  # fmt: skip
    return len(words)


def _request(vault: Vault, word: Row[Any], by: By) -> Verified:
    born_on, name_key = None, None
    check = _check_of(vault, word, by) if word.level else None
    if check is not None:
        born_on = check.born_on.isoformat() if check.born_on else None
        name_key = check.name_key
    name = sha256(f"{word.region}\n{word.player}\n{word.seq}".encode()).hexdigest()[:32]
    return Verified(
        at_us=word.at_us, request_id=f"kyc/{name}", actor="system", level=word.level,
        born_on=born_on, name_key=name_key,
    )  # fmt: skip


def _check_of(vault: Vault, word: Row[Any], by: By) -> Check | None:
    wanted = select(RECORD.c.id).where(
        RECORD.c.id == word.cause, RECORD.c.kind == "check", RECORD.c.what == "passed",
        RECORD.c.destroyed_us.is_(None),
    )  # fmt: skip
    with vault.engine.begin() as connection:
        found = connection.execute(wanted).scalar()
    content = vault.read(found, by).content if found else None
    return content if isinstance(content, Check) else None
