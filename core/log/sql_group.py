"""Who of a group reads which partition of a SQL log. Way: SqlReader -> here -> leases in the log.

Every reader renews its seat and its leases while it polls. A seat not renewed for the session is
free, and so are its leases. Each reader computes the same fair share from the seats taken; one that
holds more gives the rest up after its listener was told, one that holds less takes what is free.
Taking is one conditional statement, so two readers never take the same lease. A lease can still
change hands under a reader that was silent too long: `commit` is refused to it.

Clocks of the machines must agree to well within the session.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.errors import NotReadyError
from core.log import sql_rows
from core.log.sql_rows import SqlConnection


@dataclass(frozen=True, slots=True)
class Turn:
    """What a renewal found: partitions lost, to be given up, and newly held, with their starts."""

    lost: list[int]
    surplus: list[int]
    gained: dict[int, int]


@dataclass(slots=True)
class SqlGroup:
    """One reader's seat in a group; `only` are the partitions it insists on, None for a share."""

    connection: SqlConnection
    name: str
    partitions: int
    clock: Clock
    session_s: float
    only: Sequence[int] | None = None
    member: str = field(default_factory=lambda: uuid.uuid4().hex)

    def renew(self, held: Collection[int]) -> Turn:
        """Renew the seat and the leases, and say what that changes.

        Raises:
            NotReadyError: a partition this reader insists on is another reader's.
        """
        now_us = sql_rows.now_us(self.clock)
        until_us = now_us + round(self.session_s * 1e6)
        mine = self._renewed(until_us, now_us)
        lost = sorted(set(held) - mine)
        share = self._share()
        took = self._took(share - len(mine), until_us, now_us)
        if self.only is not None and not lost:
            self._insist(mine | took)
        surplus = sorted(mine)[share:]
        gained = (mine | took) - set(held) - set(surplus)
        return Turn(lost, surplus, self.positions(gained))

    def positions(self, partitions: Collection[int]) -> dict[int, int]:
        """Return where the group goes on in these partitions."""
        known = dict(
            self._rows(
                "SELECT log_partition, next_offset FROM event_log_commits WHERE reader_group = ?"
            )
        )
        return {number: known.get(number, 0) for number in partitions}

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Note positions in the partitions leased; True when all of them were."""
        if not positions:
            return True
        listed = ", ".join("(?, ?)" for _ in positions)
        noted = self.connection.rows(
            f"WITH noted (log_partition, next_offset) AS (VALUES {listed})"
            " INSERT INTO event_log_commits (reader_group, log_partition, next_offset)"
            " SELECT l.reader_group, n.log_partition, n.next_offset FROM noted n"
            " JOIN event_log_leases l ON l.log_partition = n.log_partition"
            " WHERE l.reader_group = ? AND l.member = ?"
            " ON CONFLICT (reader_group, log_partition)"
            " DO UPDATE SET next_offset = excluded.next_offset RETURNING log_partition",
            *(value for pair in positions.items() for value in pair),
            *(self.name, self.member),
        )
        return len(noted) == len(positions)

    def give_up(self, partitions: Collection[int]) -> None:
        """Let others take these partitions."""
        for number in partitions:
            self._rows(
                "DELETE FROM event_log_leases WHERE reader_group = ? AND member = ?"
                " AND log_partition = ?",
                *(self.member, number),
            )

    def leave(self) -> None:
        """Give the seat and every lease up."""
        for table in ("event_log_leases", "event_log_seats"):
            self._rows(f"DELETE FROM {table} WHERE reader_group = ? AND member = ?", self.member)

    def _renewed(self, until_us: int, now_us: int) -> set[int]:
        if self.only is None:
            self._rows(
                "DELETE FROM event_log_seats WHERE reader_group = ? AND until_us < ?", now_us
            )
            self._rows(
                "INSERT INTO event_log_seats (reader_group, member, until_us) VALUES (?, ?, ?)"
                " ON CONFLICT (reader_group, member) DO UPDATE SET until_us = excluded.until_us",
                *(self.member, until_us),
            )
        renewed = self.connection.rows(
            "UPDATE event_log_leases SET until_us = ? WHERE reader_group = ? AND member = ?"
            " RETURNING log_partition",
            *(until_us, self.name, self.member),
        )
        return {number for (number,) in renewed}

    def _share(self) -> int:
        """Return how many partitions are this reader's."""
        if self.only is not None:
            return len(self.only)
        seats = self._rows("SELECT member FROM event_log_seats WHERE reader_group = ?")
        before = sum(member < self.member for (member,) in seats)
        return self.partitions // len(seats) + int(before < self.partitions % len(seats))

    def _took(self, missing: int, until_us: int, now_us: int) -> set[int]:
        """Take what is free, up to the share."""
        if missing <= 0:
            return set()
        live = self._rows(
            "SELECT log_partition FROM event_log_leases WHERE reader_group = ? AND until_us >= ?",
            now_us,
        )
        wanted = range(self.partitions) if self.only is None else self.only
        free = [number for number in wanted if (number,) not in live]
        return {number for number in free[:missing] if self._takes(number, until_us, now_us)}

    def _takes(self, number: int, until_us: int, now_us: int) -> bool:
        """Take one lease if it is still free; two readers at once cannot both."""
        took = self._rows(
            "INSERT INTO event_log_leases AS l (reader_group, log_partition, member, until_us)"
            " VALUES (?, ?, ?, ?) ON CONFLICT (reader_group, log_partition)"
            " DO UPDATE SET member = excluded.member, until_us = excluded.until_us"
            " WHERE l.until_us < ? RETURNING log_partition",
            *(number, self.member, until_us, now_us),
        )
        return bool(took)

    def _insist(self, held: Collection[int]) -> None:
        for number in self.only or ():
            if number not in held:
                raise NotReadyError(
                    f"partition {number} is read by another reader of group {self.name!r}",
                    hint=f"stop it; one that was killed is forgotten after {self.session_s:g} s",
                )

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.rows(statement, self.name, *values)
