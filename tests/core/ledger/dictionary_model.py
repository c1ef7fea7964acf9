"""What the ledger must do, said once more with dictionaries and no line of its logic.

A refused call is undone by going back to a copy of everything. Amounts are whole ledger units.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from core.ledger.calls import Action, Call
from core.ledger.rows import Bonus

ORDER = ("real", "bonus_win_locked", "bonus")
Funds = dict[str, int]


class No(Exception):  # noqa: N818 - an answer
    """The action is refused; the first argument is the status."""


@dataclass
class Known:
    """An action that was kept: what it said and what was answered.

    `late` is how much of a win was of a bonus that had been completed; `source` its bet or round.
    """

    said: tuple[object, ...]
    status: str
    moved: Funds
    after: Funds
    late: int = 0
    source: dict[str, Any] | None = None


@dataclass
class Facts:
    """Everything a ledger remembers."""

    blocked: set[str] = field(default_factory=set)
    funds: dict[tuple[str, str], Funds] = field(default_factory=dict)
    known: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    bets: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    graves: set[tuple[str, str]] = field(default_factory=set)
    rounds: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    bonuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)


class Model:
    """Facts, and what calls make of them."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.late = 0
        self.source: dict[str, Any] | None = None

    def post(self, call: Call) -> list[tuple[str, Funds, Funds, bool]]:
        """Return status, moved, funds after and whether it was known, up to the first refusal."""
        before, answers = deepcopy(self.facts), []
        for action in call.actions:
            try:
                answers.append(self._one(call, action))
            except No as no:
                self.facts = before
                answers.append((no.args[0], {}, {}, False))
                if no.args[0] == "rule":
                    self.facts.told.append((call.player, "refused"))
                break
        return answers

    def grant(self, row: Bonus) -> None:
        """A bonus begins to run; half as much again is locked winnings."""
        player, currency, amount = row.player, row.currency, row.granted
        self.facts.bonuses[row.bonus_id] = {
            "player": player, "currency": currency, "state": "active", "wagered": 0,
            "most": row.release_most, "due": 0,
        }  # fmt: skip
        self.facts.funds[player, currency]["bonus"] += amount
        self.facts.funds[player, currency]["bonus_win_locked"] += amount // 2
        self.facts.told.append((player, "grant"))

    def end(self, bonus_id: str, state: str) -> None:
        """A bonus ends: its money becomes real, or is lost."""
        bonus = self.facts.bonuses[bonus_id]
        funds = self.facts.funds[bonus["player"], bonus["currency"]]
        if state == "completed":
            funds["real"] += _released(bonus, funds["bonus"] + funds["bonus_win_locked"])
        funds["bonus"] = funds["bonus_win_locked"] = 0
        bonus["state"] = state
        self.facts.told.append((bonus["player"], "grant"))

    def running(self, player: str, currency: str) -> str | None:
        """Return the bonus that runs."""
        for bonus_id, bonus in self.facts.bonuses.items():
            if (bonus["player"], bonus["currency"], bonus["state"]) == (player, currency, "active"):
                return bonus_id
        return None

    def _one(self, call: Call, action: Action) -> tuple[str, Funds, Funds, bool]:
        funds = self.facts.funds.get((call.player, call.currency))
        if funds is None:
            has_any = any(owner == call.player for owner, _ in self.facts.funds)
            raise No("currency_unknown" if has_any else "player_unknown")
        name = (action.operation, action.scope, action.transaction_id)
        said = (call.player, call.currency, action.amount, action.bet_ref)
        if known := self.facts.known.get(name):
            if known.said != said:
                raise No("conflict")
            return known.status, known.moved, known.after, True
        if action.operation == "bet" and call.player in self.facts.blocked:
            raise No("rule")
        was = dict(funds)
        self.late, self.source = 0, None
        status = getattr(self, f"_{action.operation}")(call, action, funds)
        if any(amount < 0 for amount in funds.values()):
            raise No("insufficient_funds")
        self._end_round(call, action)
        moved = {fund: funds[fund] - was[fund] for fund in funds if funds[fund] != was[fund]}
        known = Known(said, status, moved, dict(funds), self.late, self.source)
        self.facts.known[name] = known
        self.facts.told.append((call.player, action.operation))
        return status, moved, dict(funds), False

    def _bet(self, call: Call, action: Action, funds: Funds) -> str:
        place = (action.scope, action.bet_ref)
        if place in self.facts.graves:
            return self._dead(call)
        if place in self.facts.bets:
            raise No("bet_exists")
        self._check_zero(call, action)
        bonus_id = self.running(call.player, call.currency)
        split, left = dict.fromkeys(ORDER, 0), action.amount
        for fund in ORDER if bonus_id else ("real",):
            split[fund] = min(funds[fund], left)
            funds[fund] -= split[fund]
            left -= split[fund]
        if left:
            raise No("insufficient_funds")
        counted = 0
        if bonus_id:
            is_slot = action.context.get("game_type") == "slots"
            counted = action.amount if is_slot else action.amount // 10
            self.facts.bonuses[bonus_id]["wagered"] += counted
        if action.round_id:
            self._into_round(call, action, split, bonus_id)
        self.facts.bets[place] = {
            "owner": (call.player, call.currency), "round": action.round_id, "state": "open",
            "split": split, "bonus": bonus_id, "counted": counted,
        }  # fmt: skip
        return "ok"

    def _win(self, call: Call, action: Action, funds: Funds) -> str:
        for name in (action.bet_ref, action.transaction_id):
            if name and (action.scope, name) in self.facts.graves:
                return self._dead(call)
        self._check_zero(call, action)
        bet = self._won_bet(call, action) if action.bet_ref else None
        source = bet or self._round(call, action)
        split = source["split"] if source else {}
        total = sum(split.values())
        share = action.amount * (total - split["real"]) // total if total else 0
        self.source = source
        self._credit(funds, action.amount - share, {"bonus_win_locked": share}, source)
        return "ok"

    def _won_bet(self, call: Call, action: Action) -> dict[str, Any] | None:
        bet = self.facts.bets.get((action.scope, action.bet_ref))
        if bet is None:
            if call.policy.win_needs_bet:
                raise No("bet_missing")
            return None
        if bet["owner"] != (call.player, call.currency):
            raise No("other_players")
        if bet["state"] == "cancelled":
            raise No("bet_cancelled")
        if bet["state"] == "settled" and call.policy.one_settlement_per_bet:
            raise No("bet_settled")
        bet["state"] = "settled"
        return bet

    def _rollback(self, call: Call, action: Action, funds: Funds) -> str:
        place = (action.scope, action.bet_ref)
        won = self.facts.known.get(("win", *place))
        if bet := self.facts.bets.get(place):
            self._cancel(call, bet, funds)
        elif won and call.policy.rollback_of_win != "no":
            if won.said[:2] != (call.player, call.currency):
                raise No("other_players")
            if place in self.facts.graves:
                raise No("bet_cancelled")
            for fund, amount in self._led(won).items():
                is_clamped = call.policy.rollback_of_win == "clamp"
                funds[fund] -= min(amount, funds[fund]) if is_clamped else amount
            self.facts.graves.add(place)
        else:
            self.facts.graves.add(place)
            return "bet_unknown"
        return "ok"

    def _led(self, won: Known) -> Funds:
        """Where a win is now."""
        bonus = self.facts.bonuses.get(won.source["bonus"]) if won.source else None
        led = dict(won.moved)
        if bonus is None or bonus["state"] == "active":
            return led
        locked = led.pop("bonus_win_locked", 0)
        if bonus["state"] == "completed":
            amount = int(str(won.said[2])) - locked - won.late
            led["real"] = amount - _released(bonus, -locked - won.late)
        return led

    def _cancel(self, call: Call, bet: dict[str, Any], funds: Funds) -> None:
        if bet["owner"] != (call.player, call.currency):
            raise No("other_players")
        if bet["state"] == "cancelled":
            raise No("bet_cancelled")
        if bet["state"] == "settled" and not call.policy.rolls_back_settled:
            raise No("bet_settled")
        bet["state"] = "cancelled"
        rest = {fund: amount for fund, amount in bet["split"].items() if fund != "real"}
        self._credit(funds, bet["split"]["real"], rest, bet)
        bonus = self.facts.bonuses.get(bet["bonus"])
        if bonus and bonus["state"] == "active":
            bonus["wagered"] -= bet["counted"]
        if bet["round"]:
            held = self.facts.rounds[call.player, bet["round"]]
            for fund, amount in bet["split"].items():
                held["split"][fund] -= amount

    def _promotion(self, call: Call, action: Action, funds: Funds) -> str:
        self._check_zero(call, action)
        funds["real"] += action.amount
        return "ok"

    def _credit(self, funds: Funds, real: int, rest: Funds, source: dict[str, Any] | None) -> None:
        bonus = self.facts.bonuses.get(source["bonus"]) if source and source["bonus"] else None
        state = bonus["state"] if bonus else "active"
        funds["real"] += real
        for fund, amount in rest.items():
            if state == "active":
                funds[fund] += amount
            elif bonus and state == "completed":
                funds["real"] += _released(bonus, amount)
                self.late += amount

    def _dead(self, call: Call) -> str:
        if call.policy.accepts_bet_after_tombstone:
            return "void"
        raise No("bet_tombstoned")

    def _check_zero(self, call: Call, action: Action) -> None:
        if action.amount == 0 and not call.policy.accepts_zero_amount:
            raise No("refused")

    def _round(self, call: Call, action: Action) -> dict[str, Any] | None:
        held = self.facts.rounds.get((call.player, action.round_id)) if action.round_id else None
        if held and held["currency"] != call.currency:
            raise No("other_players")
        return held

    def _into_round(self, call: Call, action: Action, split: Funds, bonus_id: str | None) -> None:
        held = self._round(call, action)
        if held is None:
            held = {
                "currency": call.currency, "closed": False, "split": dict.fromkeys(ORDER, 0),
                "bonus": None,
            }  # fmt: skip
            self.facts.rounds[call.player, action.round_id] = held
        if held["closed"] and not call.policy.bet_in_closed_round:
            raise No("round_closed")
        for fund in ORDER:
            held["split"][fund] += split[fund]
        if split["real"] < action.amount or not held["bonus"]:
            held["bonus"] = bonus_id

    def _end_round(self, call: Call, action: Action) -> None:
        held = None if action.operation == "promotion" else self._round(call, action)
        if held and action.closes_round:
            held["closed"] = True


def _released(bonus: dict[str, Any], amount: int) -> int:
    """Count bonus money of a bonus that was completed; return what of it is the player's."""
    had: int = bonus["due"]
    has = bonus["due"] = had + amount
    most = bonus["most"]
    return has - had if most is None else min(has, most) - min(had, most)
