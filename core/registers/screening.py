"""The nightly look at everybody: registers that want it are asked again. Way: timer -> here.

A register may list a player who does not come by; his marketing and his balance cannot wait for his
next login.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping

from core.compliance.pack import Pack
from core.compliance.requests.account import DayPassed
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.standing import Standing
from core.registers.desk import RegisterDesk


async def rescreened(
    desk: RegisterDesk, packs: Mapping[str, Pack], standings: Iterable[Standing], at_us: int
) -> AsyncIterator[tuple[str, RegisterAnswered]]:
    """Yield each player with what registers answer of him, to be judged; one player at a time."""
    for standing in standings:
        pack = packs.get(standing.jurisdiction)
        if pack is not None:
            for answer in await desk.before(pack, standing, DayPassed(at_us=at_us)):
                yield standing.player, answer
