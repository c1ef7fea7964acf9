"""The desk of registers: asks whom must be asked before a request, tells them after it.

    wallet -> due_checks -> here -> registers -> answers, to be judged before the request -> judge

Never called inside the ledger's transaction: it waits for others. All that are due are asked at
once, each for as long as its pack allows; whatever goes wrong is an answer, `unavailable`, with the
reason, and is counted. What is logged of a query is its id, never the person.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from core.compliance.check import amount_text
from core.compliance.judge import Judge
from core.compliance.pack import Pack
from core.compliance.register_word import POINTS
from core.compliance.request import Request
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import Deposit
from core.compliance.standing import Standing
from core.registers.due import OF_PLAY, Due, DueMessage, due_checks, within_s
from core.registers.identity import Identity, missing_of
from core.registers.register import Register
from core.registers.wire import Message, Query, Unanswered, unavailable

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class RegisterDesk:
    """Asks registers, by their key in the packs, about players.

    `identity_of` gives a player's verified details, null if nobody has them. `new_id` makes ids
    never used before. `counts` are outcomes by register and status or reason.
    """

    registers: Mapping[str, Register]
    identity_of: Callable[[str], Identity | None]
    new_id: Callable[[], str]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def before(
        self, pack: Pack, standing: Standing, request: Request
    ) -> tuple[RegisterAnswered, ...]:
        """Ask what is due and return the answers, to be judged before the request."""
        due = due_checks(pack, standing, request)
        asked = await asyncio.gather(*(self._answers(standing, request, one) for one in due))
        return tuple(answer for answers in asked for answer in answers)

    async def begin_play(
        self, judge: Judge, standing: Standing, request: Request
    ) -> tuple[RegisterAnswered, ...]:
        """Tell files of activity that a player starts here, once nothing else refuses his play.

        `standing` is the one after the answers of `before` were judged. The file's receipt is an
        answer like others: judge it before the request, which is refused if there is none.
        """
        if POINTS.get(type(request)) not in OF_PLAY:
            return ()
        files = [
            DueMessage(name, "active", within_s(register))
            for name, register in judge.pack.registers.items()
            if register.kind == "activity" and _is_free(standing, name)
        ]
        if not files or not judge.verdict(request, standing)[0].is_allowed:
            return ()
        began = (self._began(standing.player, request, one) for one in files)
        return tuple(await asyncio.gather(*began))

    async def tell(self, player: str, due: Sequence[DueMessage]) -> tuple[DueMessage, ...]:
        """Tell registers messages; return those not known to have been taken."""
        faults = await asyncio.gather(*(self._told(player, one) for one in due))
        return tuple(one for one, fault in zip(due, faults, strict=True) if fault)

    async def _answers(
        self, standing: Standing, request: Request, due: Due
    ) -> tuple[RegisterAnswered, ...]:
        query_id = self.new_id()
        try:
            answers = await self._asked_of(standing, request, due, query_id)
        except Unanswered as fault:
            reason = fault.reason
            answers = (unavailable(due.register, query_id, reason, request.at_us),)
            _LOG.warning("register=%s query=%s fault=%s", due.register, query_id, reason)
            self.counts[due.register, reason] += 1
        else:
            self.counts[due.register, answers[0].status] += 1
        return answers

    async def _asked_of(
        self, standing: Standing, request: Request, due: Due, query_id: str
    ) -> tuple[RegisterAnswered, ...]:
        register = self._register(due.register)
        query = Query(
            query_id=query_id, at=due.at, subject=self._subject(standing.player, register)
        )
        if isinstance(request, Deposit) and register.declaration.kind == "deposit_limit":
            query = msgspec.structs.replace(
                query, payment_id=request.payment_id, currency=request.currency,
                amount=amount_text(request.amount, request.currency),
            )  # fmt: skip
        return await register.ask(query, request.at_us, due.within_s)

    async def _began(self, player: str, request: Request, due: DueMessage) -> RegisterAnswered:
        """Tell a file of activity of a start; its receipt is that the player is here."""
        query_id = self.new_id()
        fault = await self._told(player, due)
        if fault:
            return unavailable(due.register, query_id, fault, request.at_us)
        return RegisterAnswered(
            at_us=request.at_us, request_id=query_id, register=due.register, status="here",
            query_id=query_id, since_us=request.at_us,
        )  # fmt: skip

    async def _told(self, player: str, due: DueMessage) -> str:
        """Tell one message; return why it is not known to have been taken, "" if it was."""
        try:
            register = self._register(due.register)
            message = Message(
                message_id=_message_id(due) or self.new_id(), kind=due.kind,
                subject=self._subject(player, register), payment_id=due.payment_id,
                amount=due.amount, currency=due.currency, period=due.period,
            )  # fmt: skip
            await register.tell(message, due.within_s)
        except Unanswered as fault:
            _LOG.warning("register=%s message=%s fault=%s", due.register, due.kind, fault.reason)
            self.counts[due.register, fault.reason] += 1
            return fault.reason
        self.counts[due.register, due.kind] += 1
        return ""

    def _register(self, name: str) -> Register:
        register = self.registers.get(name)
        if register is None:
            raise Unanswered("not_set_up")
        return register

    def _subject(self, player: str, register: Register) -> dict[str, str]:
        identity = self.identity_of(player)
        sends = register.declaration.sends
        if identity is None or missing_of(identity, sends):
            raise Unanswered("no_identity")
        return identity.only(sends)


def _is_free(standing: Standing, name: str) -> bool:
    state = standing.registers.get(name)
    return state is not None and state.status == "free"


def _message_id(due: DueMessage) -> str:
    """Return the id it is told under: of a payment's end the same, whoever tells it."""
    return f"{due.kind}:{due.payment_id}" if due.payment_id else due.message_id
