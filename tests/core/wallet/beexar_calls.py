"""Random requests of the aggregator's v2: in order, again, too late, too early and wrong.

Way: a seed -> here -> beexar_difference -> two wallets. What was done is learnt from the answers,
so that the next requests can be about it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.core.wallet.signed_requests import signed

Fields = dict[str, Any]
FUNDED = "250.00"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; `signature` None for one without."""

    path: str
    body: bytes
    signature: str | None

    @property
    def fields(self) -> Fields:
        found: Fields = json.loads(self.body)
        return found


def ask(path: str, fields: Fields) -> Ask:
    """Return a signed request."""
    body = json.dumps(fields).encode()
    return Ask(path, body, signed(body)["X-REQUEST-SIGN"])


@dataclass
class Memory:
    """What became of a player's ids."""

    applied: dict[str, str] = field(default_factory=dict)  # id -> bet, win
    undone: set[str] = field(default_factory=set)
    rollbacks: dict[str, bool] = field(default_factory=dict)  # id -> whether it has one of ours
    buried: list[str] = field(default_factory=list)  # rolled back and never seen
    done: list[Ask] = field(default_factory=list)

    def standing(self) -> list[str]:
        """Return bets and wins that can be rolled back."""
        return [name for name in self.applied if name not in self.undone]


class Calls:
    """Makes requests of some players; `learn` each answer."""

    def __init__(self, seed: int, players: list[str]) -> None:
        self.random = random.Random(seed)
        self.players = {player: Memory() for player in players}
        self._last = 0
        self._prefix = players[0]

    def next(self) -> Ask:
        """Return a request of a random kind."""
        kinds: list[tuple[Callable[[str, Memory], Ask], int]] = [
            (self._play, 40), (self._undo, 18), (self._again, 14), (self._other_content, 8),
            (self._late, 6), (self._finish, 4), (self._balance, 4), (self._wrong, 6),
        ]  # fmt: skip
        [kind] = self.random.choices([kind for kind, _ in kinds], [often for _, often in kinds])
        player = self.random.choice(list(self.players))
        return kind(player, self.players[player])

    def learn(self, asked: Ask, status: int, said: Fields) -> None:
        """Note what an answered request has done."""
        if status != 200 or asked.path not in ("betwin", "rollback"):
            return
        fields = asked.fields
        memory = self.players[fields["account_id"]]
        for move, answer in zip(fields["transactions"], said["transactions"], strict=True):
            self._note(memory, move, has_id=bool(answer["id"]))
        memory.done.append(asked)

    @staticmethod
    def _note(memory: Memory, move: Fields, *, has_id: bool) -> None:
        name = move["id_provider"]
        if name in memory.applied or name in memory.rollbacks:
            return
        if move["type"] != "rollback":
            memory.applied[name] = move["type"]
            return
        memory.rollbacks[name] = has_id
        original = move["original_id_provider"]
        if has_id:
            memory.undone.add(original)
        elif original not in memory.rollbacks:
            memory.buried.append(original)

    def base(self, player: str, **fields: Any) -> Fields:
        """Return what requests have in common."""
        return {
            "account_id": player, "currency": "EUR", "game_id": "dice",
            "round_id": f"{player}/r{self.random.randrange(6)}",
            "session_id": str(self.random.random()), "extra": None, **fields,
        }  # fmt: skip

    def new_id(self) -> str:
        """Return an id never used before."""
        self._last += 1
        return f"{self._prefix}/{self._last}"

    def amount(self) -> str:
        """Return an amount, mostly of cents, sometimes finer or far too large."""
        roll = self.random.random()
        if roll < 0.1:
            return f"0.{self.random.randrange(1, 10**6):06d}"
        if roll < 0.2:
            return str(self.random.randrange(1, 400))
        return f"{self.random.randrange(60)}.{self.random.randrange(1, 100):02d}"

    def move(self, name: str | None = None) -> Fields:
        """Return a bet or win."""
        kind = self.random.choice(["bet", "bet", "win"])
        return {"id_provider": name or self.new_id(), "type": kind, "amount": self.amount()}

    def play(self, player: str, moves: list[Fields]) -> Ask:
        """Return a betwin."""
        finished = self.random.random() < 0.3
        return ask("betwin", self.base(player, transactions=moves, finished=finished))

    def rollback(self, player: str, pairs: list[tuple[str, str]]) -> Ask:
        """Return a rollback of (its id, what it names)."""
        undone = [
            {"id_provider": name, "type": "rollback", "original_id_provider": original}
            for name, original in pairs
        ]
        finished = self.random.random() < 0.3
        fields = self.base(player, transactions=undone, finished=finished)
        return ask("rollback", {**fields, "round_id_provider": fields["round_id"]})

    def _play(self, player: str, memory: Memory) -> Ask:
        moves = [self.move() for _ in range(self.random.choice([1, 1, 1, 2, 2, 3, 5]))]
        known = list(memory.applied) + [name for name, has in memory.rollbacks.items() if has]
        if known and self.random.random() < 0.15:
            place = self.random.randrange(len(moves) + 1)
            moves.insert(place, self.move(self.random.choice(known)))
        return self.play(player, moves)

    def _undo(self, player: str, memory: Memory) -> Ask:
        standing = memory.standing()
        wanted = min(len(standing), self.random.choice([0, 1, 1, 1, 2, 3]))
        named = self.random.sample(standing, wanted)
        if not named or self.random.random() < 0.2:
            spare = [self.new_id(), *memory.buried[-3:], *list(memory.rollbacks)[-2:]]
            named.insert(self.random.randrange(len(named) + 1), self.random.choice(spare))
        pairs = [(self.new_id(), original) for original in named]
        if self.random.random() < 0.1 and memory.applied:  # an id that is a bet's already
            pairs.insert(0, (self.random.choice(list(memory.applied)), self.new_id()))
        return self.rollback(player, pairs)

    def _again(self, player: str, memory: Memory) -> Ask:
        return self.random.choice(memory.done) if memory.done else self._balance(player, memory)

    def _other_content(self, player: str, memory: Memory) -> Ask:
        if not memory.done:
            return self._play(player, memory)
        before = self.random.choice(memory.done)
        fields = before.fields
        moves = fields["transactions"]
        for move in moves:
            if before.path == "betwin":
                move.update(amount=self.amount(), type=self.random.choice(["bet", "win"]))
            elif self.random.random() < 0.5:
                move["original_id_provider"] = self.new_id()
        fields["transactions"] = moves[: self.random.randrange(1, len(moves) + 1)]
        return ask(before.path, {**fields, "session_id": str(self.random.random())})

    def _late(self, player: str, memory: Memory) -> Ask:
        if not memory.buried:
            return self.rollback(player, [(self.new_id(), self.new_id())])
        late = self.move(self.random.choice(memory.buried))
        return self.play(player, self.random.choice([[late], [self.move(), late]]))

    def _finish(self, player: str, _memory: Memory) -> Ask:
        return ask("finish", self.base(player))

    def _balance(self, player: str, _memory: Memory) -> Ask:
        return ask("balance", self.base(player))

    def _wrong(self, player: str, memory: Memory) -> Ask:
        """Return a request that has something wrong with it."""
        move = self.move()
        spoilt: list[Fields] = [
            {"account_id": "nobody"}, {"account_id": ""}, {"account_id": 5}, {"currency": "eur"},
            {"currency": "E"}, {"currency": None}, {"round_id": ""}, {"transactions": []},
            {"transactions": [{**move, "amount": "0"}]}, {"transactions": [{**move, "amount": 1}]},
            {"transactions": [{**move, "amount": "-1"}]}, {"transactions": [{**move, "type": "x"}]},
            {"transactions": [self.move(), {**move, "amount": "1e3"}]}, {"transactions": ["x"]},
        ]  # fmt: skip
        good = self.play(player, [move])
        roll = self.random.random()
        if roll < 0.15:
            return Ask(good.path, good.body, "0" * 64)
        if roll < 0.2:
            return Ask(good.path, good.body, None)
        if roll < 0.3:
            broken = good.body[: self.random.randrange(len(good.body))]
            return Ask(good.path, broken, signed(broken)["X-REQUEST-SIGN"])
        if roll < 0.35 and memory.done:
            return Ask(good.path, good.body, self.random.choice(memory.done).signature)
        return ask("betwin", {**good.fields, **self.random.choice(spoilt)})
