"""A golden case played on a real ledger: money through the guard, the rest through the desk.

Way: scenarios -> here -> ledger and desk on SQLite or PostgreSQL -> the log's chain is read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.audit.tables import ENTRY
from core.compliance.calendar import instant_us
from core.compliance.desk import ComplianceDesk
from core.compliance.entry import Entry
from core.compliance.finding import Effect, Finding, Verdict
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.pack import Pack
from core.compliance.records import chain_of
from core.compliance.request import Request
from core.compliance.requests import money
from core.compliance.scenario import Scenario, standing_of
from core.errors import SourceError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Outcome, Policy, RollbackOfWin, Status
from core.ledger.guard import WALLET_IS_OPEN
from core.ledger.ledger import Ledger
from core.ledger.reading import reading
from core.ledger.rows import PLAYABLE
from core.ledger.wallets import open_wallet

POLICY = Policy(
    win_needs_bet=False, rolls_back_settled=True, rollback_of_win=RollbackOfWin.YES,
    approves_less=True, one_settlement_per_bet=False,
)  # fmt: skip


class LedgerHouse:
    """Opens a wallet for each player, gives him what he stakes, and asks the ledger or the desk."""

    def __init__(
        self, url: str, backend: LedgerBackend, pack: Pack, switched_on: Sequence[str] = ()
    ) -> None:
        judges = {pack.pack: Judge(pack, frozenset(switched_on))}
        self.url, self.backend, self.pack = url, backend, pack
        self.ledger = Ledger(backend, (WALLET_IS_OPEN, PackGuard(judges)))
        self.desk = ComplianceDesk(backend, judges)
        self.bets: list[tuple[str, str, int, int]] = []
        """Player, bet, amount and instant of the stakes taken."""
        self.read = 0

    def open(self, player: str, scenario: Scenario) -> None:
        """Give a player a wallet and the standing the scenario says."""
        open_wallet(self.backend, player, self.pack.currency, 0)
        self.desk.enrol(standing_of(scenario, player, self.pack))

    def ask(self, player: str, request: Request) -> tuple[Verdict, Sequence[Entry]]:
        """Ask the ledger or the desk; return the verdict as the log tells it.

        Raises:
            SourceError: the ledger refuses for a reason of its own: the case cannot be played.
        """
        asking = _MONEY.get(type(request))
        if asking is None:
            reply = self.desk.ask(player, request)
            return self._verdict(reply.decision)
        outcome = asking(self, player, request)
        refusal = outcome.refusal
        if refusal is not None and refusal.status is not Status.RULE:
            raise SourceError(
                f"{request.request_id}: the ledger says {refusal.status} ({refusal.detail})",
                expected="something that could have happened",
            )
        return self._verdict("allow" if refusal is None else "refuse")

    def post(self, player: str, request: Any, operation: str, **said: Any) -> Outcome:
        """Post one action of a player under the request's own id."""
        fields = {"transaction_id": request.request_id, "amount": getattr(request, "amount", 0)}
        action = Action(operation, **{**fields, **said})
        call = Call(
            "studio", player, self.pack.currency, (action,), request.at_us, policy=POLICY
        )  # fmt: skip
        return self.ledger.post_one(call)

    def playable(self, player: str) -> int:
        """Return what a player can play with."""
        wanted = Wanted({player}, {(player, self.pack.currency)})
        held = self.ledger.look(wanted).balances(player, self.pack.currency)
        return sum(held.get(fund, 0) for fund in PLAYABLE)

    def fund(self, player: str, request: Any, least: int) -> None:
        """Give a player what he lacks; no rule is asked of a prize."""
        lacks = least - self.playable(player)
        if lacks > 0:
            name = f"gift-{request.request_id}"
            self.post(player, request, "promotion", transaction_id=name, amount=lacks)

    def _verdict(self, decision: str) -> tuple[Verdict, Sequence[Entry]]:
        """Return the decision with the findings the log tells of."""
        entries = self._fresh()
        if decision == "allow" and entries and entries[0].decision in ("hold", "pend"):
            decision = entries[0].decision
        findings = tuple(_finding(entry) for entry in entries if entry.rule_id)
        return Verdict(decision, findings, self.pack.pack, ""), entries

    def skip(self) -> None:
        """Read what the log has to say without telling of it."""
        self._fresh()

    def _fresh(self) -> list[Entry]:
        chain = chain_of(self.pack.pack)
        wanted = select(ENTRY.c.body).where(ENTRY.c.chain == chain, ENTRY.c.seq > self.read)
        with reading(self.url) as connection:
            bodies = connection.execute(wanted.order_by(ENTRY.c.seq)).scalars().all()
        self.read += len(bodies)
        return [Entry(**json.loads(body)) for body in bodies]


def _finding(entry: Entry) -> Finding:
    inputs = dict(entry.inputs)
    due = inputs.get("due")
    return Finding(
        entry.rule_id, Effect(entry.effect), entry.event, entry.reason_code, inputs,
        duty=str(inputs.get("duty") or ""),
        due_us=instant_us(datetime.fromisoformat(due)) if due else None,
    )  # fmt: skip


def _stake(house: LedgerHouse, player: str, request: money.Stake) -> Outcome:
    house.fund(player, request, request.amount)
    context = {
        "game_type": request.game_type, "game_id": request.game_id, "product": request.product,
        "is_prepaid": request.is_prepaid, "continues_game": not request.starts_game,
    }  # fmt: skip
    outcome = house.post(
        player, request, "bet", bet_ref=request.request_id, round_id=request.round_id,
        context=context,
    )  # fmt: skip
    if outcome.refusal is None:
        house.bets.append((player, request.request_id, request.amount, request.at_us))
    return outcome


def _settled(house: LedgerHouse, player: str, request: money.StakeSettled) -> Outcome:
    if request.balance_after is not None:
        house.fund(player, request, request.balance_after - request.amount)
    return house.post(
        player, request, "win", round_id=request.round_id, closes_round=request.ends_round,
        context={"game_type": request.game_type},
    )  # fmt: skip


def _voided(house: LedgerHouse, player: str, request: money.StakeVoided) -> Outcome:
    places = [
        place for place, (who, _, amount, at) in enumerate(house.bets)
        if who == player and amount == request.amount and request.staked_us in (0, at)
    ]  # fmt: skip
    _, name, amount, _ = house.bets.pop(places[-1])
    return house.post(player, request, "rollback", bet_ref=name, amount=amount)


def _deposit(house: LedgerHouse, player: str, request: money.Deposit) -> Outcome:
    context = {
        "method": request.method, "instrument_id": request.instrument_id,
        "holder": request.holder, "is_credit": request.is_credit,
    }  # fmt: skip
    return house.post(
        player, request, "deposit_requested", bet_ref=request.payment_id, context=context
    )  # fmt: skip


def _withdrawal(
    house: LedgerHouse, player: str, request: money.Withdrawal | money.WithdrawalPaid
) -> Outcome:
    house.fund(player, request, request.amount)
    named = request if isinstance(request, money.Withdrawal) else None
    context = {
        "instrument_id": named.instrument_id if named else None,
        "holder": named.holder if named else None,
    }
    return house.post(
        player, request, "withdrawal_requested", bet_ref=request.payment_id, context=context
    )  # fmt: skip


def _paid(house: LedgerHouse, player: str, request: money.WithdrawalPaid) -> Outcome:
    name = request.payment_id
    asked = house.post(
        player, request, "withdrawal_approved", bet_ref=name, amount=0,
        transaction_id=f"{request.request_id}-approved",
    )  # fmt: skip
    if asked.refusal is not None and asked.refusal.status is Status.STATE:  # never asked for
        _withdrawal(house, player, request)
        house.skip()
        return _paid(house, player, request)
    return house.post(player, request, "withdrawal_paid", bet_ref=name)


def _step(operation: str) -> Callable[[LedgerHouse, str, Any], Outcome]:
    def asking(house: LedgerHouse, player: str, request: Any) -> Outcome:
        return house.post(
            player, request, operation, bet_ref=request.payment_id,
            context={"reason": getattr(request, "code", "")},
        )  # fmt: skip

    return asking


_MONEY: Mapping[type[Request], Callable[[LedgerHouse, str, Any], Outcome]] = {
    money.Stake: _stake,
    money.StakeSettled: _settled,
    money.StakeVoided: _voided,
    money.Deposit: _deposit,
    money.DepositSettled: _step("deposit_approved"),
    money.DepositFailed: _step("deposit_declined"),
    money.DepositChargedBack: _step("deposit_charged_back"),
    money.Withdrawal: _withdrawal,
    money.WithdrawalPaid: _paid,
    money.WithdrawalReversal: _step("withdrawal_cancelled"),
    money.WithdrawalDeclined: _step("withdrawal_declined"),
}
