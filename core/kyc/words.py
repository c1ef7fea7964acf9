"""Words for the rules, kept with what caused them. Way: vault, due -> here -> gate -> the desk.

A word is the level a player's records confirm from an instant on. It is kept in the transaction of
its cause and told afterwards, in order, until the desk has taken it: a crash loses none.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from core.compliance.calendar import Zone
from core.compliance.pack import Pack
from core.kyc.levels import Listed, level_on
from core.kyc.schema import WORD


def keep_word(
    connection: Connection, region: str, pack: Pack, records: Sequence[Listed],
    cause: tuple[str, int],
) -> bool:  # fmt: skip
    """Keep what a player's records say now; `cause` is what changed and the instant.

    A cause other than a check of that very level is kept only where the level changes. The player
    is locked.
    """
    (name, at_us), player = cause, records[0].player
    level = level_on(records, Zone(pack.timezone).local(at_us).date())
    of_player = (WORD.c.region == region, WORD.c.player == player)
    last = connection.execute(
        select(WORD.c.seq, WORD.c.level).where(*of_player).order_by(WORD.c.seq.desc()).limit(1)
    ).first()
    is_check = any(one.id == name and one.level == level for one in records)
    if not is_check and (last.level if last else "") == level:
        return False
    seq = connection.execute(select(func.coalesce(func.max(WORD.c.seq), 0)).where(*of_player))
    connection.execute(insert(WORD).values(
        region=region, jurisdiction=pack.pack, player=player, seq=seq.scalar_one() + 1,
        cause=name, level=level, at_us=at_us, told_us=None,
    ))  # fmt: skip
    return True
