"""Any calls, batches, deaths and repetitions, against the dictionary model, on any database.

Many examples share one database: each has a provider and players of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Outcome, Policy, RollbackOfWin
from core.ledger.ledger import Asked, Ledger
from core.ledger.posting import Posting
from core.ledger.rows import HOUSE, Bonus, Fund, House
from core.ledger.wallets import open_wallet, set_state
from tests.core.ledger.crash_points import Died, MortalLedger
from tests.core.ledger.desks import DAY_US, NOON_US
from tests.core.ledger.dictionary_model import Model

CURRENCIES = ("EUR", "SEK")
_examples = count()
Look = Callable[[str, Sequence[object]], list[dict[str, Any]]]
"""Asks the database with `?` for values; answers with the rows by column."""
names = st.sampled_from("1234")
amounts = st.integers(0, 12)
policies = st.just(Policy()) | st.builds(
    Policy,
    accepts_bet_after_tombstone=st.booleans(), one_settlement_per_bet=st.booleans(),
    win_needs_bet=st.booleans(), rollback_of_win=st.sampled_from(RollbackOfWin),
    rolls_back_settled=st.booleans(), bet_in_closed_round=st.booleans(),
    accepts_zero_amount=st.booleans(), settles_by_round=st.booleans(),
)  # fmt: skip
more = st.fixed_dictionaries(
    {"round_id": st.sampled_from(("", "p", "q")), "scope": st.sampled_from(("", "", "s"))},
    optional={"closes_round": st.just(True)},  # noqa: FBT003
)
games = st.sampled_from(({"game_type": "slots"}, {"game_type": "roulette"}))


def _actions() -> st.SearchStrategy[Action]:
    bets = st.builds(
        lambda tx, amount, ref, context, rest: Action(
            "bet", tx, amount, bet_ref=ref, context=context, **rest
        ),
        names, amounts, names, games, more,
    )  # fmt: skip
    others = st.builds(
        lambda name, tx, amount, ref, rest: Action(name, tx, amount, bet_ref=ref, **rest),
        st.sampled_from(("win", "win", "rollback")), names, amounts, names, more,
    )  # fmt: skip
    bare = st.builds(
        lambda name, tx, amount, rest: Action(name, tx, amount, **rest),
        st.sampled_from(("win", "promotion")), names, amounts, more,
    )  # fmt: skip
    return bets | others | bets | bare


calls = st.tuples(
    st.sampled_from((0, 0, 0, 1, 1, 2)), st.sampled_from((*CURRENCIES, "EUR", "NOK")),
    st.lists(_actions(), min_size=1, max_size=3).map(tuple), policies,
)  # fmt: skip
Drawn = tuple[int, str, tuple[Action, ...], Policy]


class LedgerMachine(RuleBasedStateMachine):
    """A ledger and the model of it, told the same."""

    def __init__(self, url: str, look: Look) -> None:
        super().__init__()
        number = next(_examples)
        self.mortal, self.look = MortalLedger(url), look
        self.provider = f"studio-{number}"
        self.players = tuple(f"{name}-{number}" for name in ("anna", "bert", "nobody"))
        self.model, self.sent = Model(), list[list[Call]]()
        self.ids: dict[tuple[str, ...], int | None] = {}
        for player in self.players[:2]:
            for currency in CURRENCIES:
                open_wallet(self.mortal.backend, player, currency, NOON_US)
                self.model.facts.funds[player, currency] = dict.fromkeys(Fund, 0)
                start = Action("promotion", f"start {player} {currency}", 5)
                self._post([self._call(player, currency, (start,), Policy())])
        self._grant(20)

    def teardown(self) -> None:
        self.mortal.backend.close()

    @rule(batch=st.lists(calls, min_size=1, max_size=3))
    def post(self, batch: list[Drawn]) -> None:
        self._post([self._drawn(call) for call in batch])

    @precondition(lambda self: self.model.facts.bets)
    @rule(
        data=st.data(), name=st.sampled_from(("win", "rollback")), tx=names, amount=amounts,
        policy=policies,
    )  # fmt: skip
    def end_a_bet(
        self, data: st.DataObject, name: str, tx: str, amount: int, policy: Policy
    ) -> None:
        """A win or rollback of a bet there is, by its player, by bet or by round."""
        place = data.draw(st.sampled_from(sorted(self.model.facts.bets)))
        bet = self.model.facts.bets[place]
        ref = place[1] if name == "rollback" or data.draw(st.booleans()) else ""
        action = Action(name, tx, amount, bet_ref=ref, scope=place[0], round_id=bet["round"])
        player, currency = bet["owner"]
        self._post([self._call(player, currency, (action,), policy)])

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """The reply was lost, or the network delivers an old request once more."""
        self._post(data.draw(st.sampled_from(self.sent)))

    @rule(batch=st.lists(calls, min_size=1, max_size=2), boundaries=st.integers(0, 40))
    def die_and_ask_again(self, batch: list[Drawn], boundaries: int) -> None:
        said = [self._drawn(call) for call in batch]
        self.mortal.die_after(boundaries)
        try:
            outcomes = self._outcomes(said)
        except Died:
            has_committed = self.mortal.fuse.has_committed
            self.mortal.open_again()
            if has_committed:
                for call in said:
                    self.model.post(call)
            self._compare_tables()
            self._post(said)
        else:
            self.mortal.live()
            self._compare(said, outcomes)

    @rule(state=st.sampled_from(("open", "blocked")))
    def change_wallet(self, state: str) -> None:
        set_state(self.mortal.backend, self.players[0], state)
        blocked = self.model.facts.blocked
        (blocked.add if state == "blocked" else blocked.discard)(self.players[0])

    @precondition(lambda self: self.model.running(self.players[0], "EUR") is None)
    @rule(amount=st.integers(1, 30), most=st.none() | st.integers(1, 12))
    def begin_bonus(self, amount: int, most: int | None) -> None:
        self._grant(amount, most)

    def _grant(self, amount: int, most: int | None = None) -> None:
        player, bonus_id = self.players[0], f"bonus {len(self.model.facts.bonuses)}"
        row = Bonus(
            player=player, bonus_id=f"{self.provider} {bonus_id}", currency="EUR", code="welcome",
            granted=amount, wagering_required=1_000, wagered=0,
            contributions='{"slots": 100, "*": 10}', release_most=most, state="active",
            granted_us=NOON_US, expires_us=NOON_US + DAY_US, ended_us=None,
        )  # fmt: skip
        self._move_by_hand(row, {Fund.BONUS: amount, Fund.LOCKED: amount // 2})
        self.model.grant(row)

    @precondition(lambda self: self.model.running(self.players[0], "EUR") is not None)
    @rule(state=st.sampled_from(("completed", "forfeited", "expired")))
    def end_bonus(self, state: str) -> None:
        bonus_id = self.model.running(self.players[0], "EUR")
        funds = self.model.facts.funds[self.players[0], "EUR"]
        moved = {fund: -funds[fund] for fund in (Fund.BONUS, Fund.LOCKED)}
        [held] = self._rows("bonus", "bonus_id = ?", bonus_id)
        row = Bonus(**{**held, "state": state, "ended_us": NOON_US})
        if state == "completed":
            due = -sum(moved.values())
            moved[Fund.REAL] = due if row.release_most is None else min(due, row.release_most)
            row = msgspec.structs.replace(row, due=due)
        self._move_by_hand(row, moved)
        self.model.end(str(bonus_id), state)

    @invariant()
    def all_tables_are_as_the_model_says(self) -> None:
        self._compare_tables()

    def _drawn(self, drawn: Drawn) -> Call:
        place, currency, actions, policy = drawn
        return self._call(self.players[place], currency, actions, policy)

    def _call(
        self, player: str, currency: str, actions: tuple[Action, ...], policy: Policy
    ) -> Call:
        return Call(self.provider, player, currency, actions, NOON_US, policy=policy)

    def _outcomes(self, said: Sequence[Call]) -> list[Outcome]:
        answered = Ledger(self.mortal.backend).post([Asked(call) for call in said])
        return [found.outcome for found in answered if found.outcome is not None]

    def _post(self, said: list[Call]) -> None:
        self.sent.append(said)
        self._compare(said, self._outcomes(said))

    def _compare(self, said: Sequence[Call], outcomes: Sequence[Outcome]) -> None:
        assert len(outcomes) == len(said)
        for call, outcome in zip(said, outcomes, strict=True):
            expected = self.model.post(call)
            found = [(row.status, row.moved, row.after, row.is_replay) for row in outcome.results]
            assert found == expected
            assert outcome.balances == self.model.facts.funds.get((call.player, call.currency), {})
            if outcome.refusal is None:
                self._compare_ids(call, outcome)

    def _compare_ids(self, call: Call, outcome: Outcome) -> None:
        for action, result in zip(call.actions, outcome.results, strict=True):
            name = (action.operation, action.scope, action.transaction_id)
            assert self.ids.setdefault(name, result.movement_id) == result.movement_id

    def _move_by_hand(self, row: Bonus, moved: dict[Fund, int]) -> None:
        action = Action("grant", f"{row.bonus_id} {row.state}")
        call = self._call(row.player, row.currency, (action,), Policy())
        wanted = Wanted({row.player}, {(row.player, row.currency), (HOUSE, row.currency)})
        wanted.add(Bonus, row.player, row.bonus_id)
        with self.mortal.backend.transaction() as transaction:
            books = transaction.load(wanted, 6)
            posting = Posting(books, call, action)
            posting.move(moved, House.BONUS)
            posting.finish()
            books.put(row)
            transaction.write(books.changes())

    def _rows(self, source: str, where: str, *values: object) -> list[dict[str, Any]]:
        return self.look(f"SELECT * FROM {source} WHERE {where}", values)

    def _compare_tables(self) -> None:
        facts = self.model.facts
        self._compare_legs()
        bets = {(row["scope"], row["bet_ref"]): _bet_of(row) for row in self._mine("bet")}
        assert bets == facts.bets
        rounds = {(row["player"], row["round_id"]): _round_of(row) for row in self._mine("round")}
        assert rounds == facts.rounds
        assert {(row["scope"], row["bet_ref"]) for row in self._mine("tombstone")} == facts.graves
        kept = {
            (m["operation"], m["scope"], m["transaction_id"]): m for m in self._mine("movement")
        }
        assert {name for name in kept if name[0] != "grant"} == set(facts.known)
        for name, known in facts.known.items():
            answer = msgspec.json.decode(kept[name]["result"])
            assert (answer["status"], answer.get("moved", {})) == (known.status, known.moved)
        told = self._rows("outgoing", _OF_PLAYERS + " ORDER BY outgoing_id", *self.players)
        assert [(row["player"], row["kind"]) for row in told] == facts.told
        for row in self._rows("bonus", _OF_PLAYERS, *self.players):
            known_bonus = facts.bonuses[row["bonus_id"]]
            for column in ("state", "wagered", "due"):
                assert row[column] == known_bonus[column]

    def _compare_legs(self) -> None:
        """Sums, versions and balances, from the legs alone."""
        sums: dict[tuple[int, str], int] = defaultdict(int)
        last: dict[tuple[str, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for leg in self._rows(_LEGS, "m.provider = ? ORDER BY l.movement_id, l.place",
                              self.provider):  # fmt: skip
            sums[leg["movement_id"], leg["currency"]] += leg["amount"]
            if leg["owner"] != HOUSE:
                place = (leg["owner"], leg["currency"], leg["fund"])
                version, balance = last[place]
                assert (leg["version"], leg["balance_after"]) == (
                    version + 1, balance + leg["amount"],
                )  # fmt: skip
                assert leg["balance_after"] >= 0
                last[place] = (leg["version"], leg["balance_after"])
        assert not any(sums.values())
        for row in self._rows("account", _OF_PLAYERS, *self.players):
            expected = self.model.facts.funds[row["player"], row["currency"]][row["fund"]]
            place = (row["player"], row["currency"], row["fund"])
            assert (row["version"], row["balance"]) == last[place]
            assert row["balance"] == expected

    def _mine(self, table: str) -> list[dict[str, Any]]:
        return self._rows(table, "provider = ?", self.provider)


_OF_PLAYERS = "player IN (?, ?, ?)"
_LEGS = (
    "movement m JOIN leg l ON l.movement_id = m.id "
    "JOIN (SELECT id AS account, player AS owner, fund FROM account) a ON a.account = l.account_id"
)


def _bet_of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "owner": (row["player"], row["currency"]), "round": row["round_id"],
        "state": row["state"], "split": _split_of(row), "bonus": row["bonus_id"],
        "counted": row["wagered"],
    }  # fmt: skip


def _round_of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "currency": row["currency"], "closed": row["state"] != "open", "split": _split_of(row),
        "bonus": row["bonus_id"],
    }  # fmt: skip


def _split_of(row: dict[str, Any]) -> dict[str, int]:
    return {"real": row["real"], "bonus_win_locked": row["locked"], "bonus": row["bonus"]}
