"""Asks registers before the rules are asked. Way: account system, payments -> here -> desks.

    request -> registers that are due -> their answers judged and kept -> the request, as ever

What a register answered is in the log before the request is judged, and the rules judge by it
alone: one that was not asked, or was silent, opens nothing. The request itself is asked afterwards:
of the compliance desk, or of the guard before the money.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.compliance.desk import ComplianceDesk, Reply
from core.compliance.judge import Judge
from core.compliance.request import Request
from core.compliance.standing import Standing
from core.registers.blocking import BlockingDesk


@dataclass(frozen=True, slots=True)
class Registrar:
    """A compliance desk, and the registers its packs want asked."""

    compliance: ComplianceDesk
    registers: BlockingDesk

    def prepare(self, player: str, request: Request) -> None:
        """Ask what is due before a request, and have the answers judged.

        Of a player without a standing nobody is asked anything: the rules refuse him anyway.

        Raises:
            RetryableError: an answer may not have been kept; ask again.
        """
        found = self._known(player)
        if found is None:
            return
        judge, standing = found
        answers = self.registers.before(judge.pack, standing, request)
        for answer in answers:
            self.compliance.ask(player, answer)
        found = self._known(player) if answers else found
        for receipt in () if found is None else self.registers.begin_play(*found, request):
            self.compliance.ask(player, receipt)

    def ask(self, player: str, request: Request, trace_id: str = "") -> Reply:
        """Prepare a request that moves no money, and ask the compliance desk.

        Raises:
            NotReadyError: the player has no standing, or no pack in use is his.
            EventError: the request id was used for another request.
            RetryableError: ask again with the same id.
        """
        self.prepare(player, request)
        return self.compliance.ask(player, request, trace_id)

    def _known(self, player: str) -> tuple[Judge, Standing] | None:
        standing = self.compliance.standing(player)
        judge = None if standing is None else self.compliance.judges.get(standing.jurisdiction)
        return None if standing is None or judge is None else (judge, standing)
