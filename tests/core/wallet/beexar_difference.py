"""The same requests to the reference wallet of beexar and to ours: every answer is compared.

    beexar_calls -> (beexar_judge, a running `evenhand wallet`) -> here -> differences

Compared are status, code, api_code, balances, the round's and every transaction's id: ids may
differ in letters, but the same must be the same on both sides. Where the reference wallet does not
do what the protocol's text says (`KNOWN` below), the request is asked on the side: it must differ
as said there, the reference wallet is put back, and both go on with equal balances.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.core.wallet.beexar_calls import FUNDED, Ask, Calls, Fields, ask
from tests.core.wallet.wallet_server import TOKEN

Said = tuple[int, Fields]
SIDE_EVERY = 25
"""One request on the side for so many others."""


@dataclass
class Judge:
    """The reference wallet's process."""

    process: subprocess.Popen[bytes]

    def ask(self, asked: Ask) -> Said:
        sent = {"body": asked.body.decode("latin-1"), "signature": asked.signature}
        answer = self._line({"path": asked.path, **sent})
        return answer["status"], json.loads(answer["body"])

    def keep(self) -> None:
        self._line({"path": "keep"})

    def back(self) -> None:
        self._line({"path": "back"})

    def _line(self, said: Fields) -> Fields:
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a process without pipes")
        self.process.stdin.write(json.dumps(said).encode() + b"\n")
        self.process.stdin.flush()
        found: Fields = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def judging(interpreter: Path, players: list[str]) -> Iterator[Judge]:
    """Run the reference wallet with funded players while the body does."""
    script = Path(__file__).with_name("beexar_judge.py")
    with subprocess.Popen(
        [str(interpreter), "-I", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        accounts = {player: {"currency": "EUR", "balance": FUNDED} for player in players}
        if process.stdin is None:
            raise RuntimeError("a process without pipes")
        process.stdin.write(json.dumps({"secret": TOKEN, "accounts": accounts}).encode() + b"\n")
        try:
            yield Judge(process)
        finally:
            process.stdin.close()
            process.wait(10)


@dataclass
class Ours:
    """Our wallet over one kept connection."""

    connection: HTTPConnection
    provider: str

    def ask(self, asked: Ask) -> Said:
        headers = {"X-REQUEST-SIGN": asked.signature} if asked.signature else {}
        self.connection.request("POST", f"/{self.provider}/{asked.path}", asked.body, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


@dataclass
class Difference:
    """Asks both and remembers what differed, and how often each kind of answer was met."""

    judge: Judge
    ours: Ours
    calls: Calls
    found: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    first_answers: dict[bytes, Said] = field(default_factory=dict)

    def run(self, number: int) -> None:
        """Ask so many random requests, and some on the side."""
        for turn in range(number):
            asked = self.calls.next()
            if self._contradicts_itself(asked):
                continue
            expected, said = self.both(asked)
            self.first_answers.setdefault(asked.body, said)
            self.calls.learn(asked, *expected)
            if turn % SIDE_EVERY == 0:
                kind = self.calls.random.choice(list(KNOWN))
                self.aside(kind)

    def both(self, asked: Ask) -> tuple[Said, Said]:
        """Ask both and compare."""
        expected, said = self.judge.ask(asked), self.ours.ask(asked)
        self.met[f"{asked.path} {expected[0]} {_code(expected)}"] += 1
        if self._sight(expected, said) != _sight_of_ours(said):
            self.found.append(f"{asked.path} {asked.body!r}: {expected} and ours {said}")
        return expected, said

    def aside(self, kind: str) -> None:
        """Ask what the reference wallet gets wrong; both must stand equal afterwards."""
        made = KNOWN[kind](self)
        if made is None:
            return
        asked, instead, wanted = made
        self.judge.keep()
        expected = self.judge.ask(asked)
        self.judge.back()
        said = self.ours.ask(asked)
        self.met[f"aside: {kind}"] += 1
        if instead is not None:
            meant = self.judge.ask(instead)
            self.calls.learn(instead, *meant)
            wanted = (meant[0], _code(meant))
        if (said[0], _code(said)) != wanted:
            self.found.append(f"aside {kind} {asked.body!r}: ours {said}, wanted {wanted}")
        if _plain(expected) == _plain(said):
            self.found.append(f"aside {kind} {asked.body!r}: no difference any more, {said}")
        for player in self.calls.players:
            self.both(ask("balance", self.calls.base(player)))

    def _contradicts_itself(self, asked: Ask) -> bool:
        """Skip a repetition the reference wallet answers otherwise than the first time.

        A request of new and known ids, the last one known, is answered with the balance of now, and
        when it comes again with that of the known one. Ours answers the same bytes with the same.
        """
        first = self.first_answers.get(asked.body)
        if first is None or first[0] != 200 or asked.path != "betwin":
            return False
        self.judge.keep()
        again = self.judge.ask(asked)
        self.judge.back()
        if Decimal(again[1]["balance"]) == Decimal(first[1]["balance"]):
            return False
        self.met["aside: same bytes, another balance"] += 1
        if self.ours.ask(asked) != first:
            self.found.append(f"{asked.body!r}: ours differs from its own first answer")
        return True

    def _sight(self, expected: Said, said: Said) -> Fields:
        """Return the reference's answer with its ids in our letters, learning new ones."""
        status, body = expected
        sight = _sight_of_ours((status, body))
        for theirs, ours in zip(
            body.get("transactions", ()), said[1].get("transactions", ()), strict=False
        ):
            if theirs["id"] and ours["id"] and ours["id"] not in self.names.values():
                self.names.setdefault(theirs["id"], ours["id"])
        sight["ids"] = [
            (done["id_provider"], self.names.get(done["id"], done["id"] and "?"))
            for done in body.get("transactions", ())
        ]
        return sight


def _code(said: Said) -> str:
    return str(said[1].get("meta", {}).get("api_code", ""))


def _sight_of_ours(said: Said) -> Fields:
    status, body = said
    meta = body.get("meta", {})
    balance = body.get("balance", meta.get("balance"))
    return {
        "status": status, "code": body.get("code"), "api_code": meta.get("api_code"),
        "balance": None if balance is None else Decimal(balance),
        "has_round": bool(body.get("round_id")),
        "bonus": [Decimal(done.get("bonus_amount", "0")) for done in body.get("transactions", ())],
        "ids": [(done["id_provider"], done["id"]) for done in body.get("transactions", ())],
    }  # fmt: skip


def _plain(said: Said) -> Fields:
    """Return an answer with its ids told apart but not named."""
    sight, names = _sight_of_ours(said), dict[str, int]()
    sight["ids"] = [
        (name, names.setdefault(own, len(names) + 1) if own else 0) for name, own in sight["ids"]
    ]
    return sight


Aside = tuple[Ask, Ask | None, tuple[int, str]]
REFUSED, ACCEPTED = (400, "400"), (200, "")


def _some(run: Difference, fits: Callable[[Any], list[str]]) -> tuple[str, str] | None:
    """Return a player and one of the ids that fit his memory."""
    pairs = [
        (player, name) for player, memory in run.calls.players.items() for name in fits(memory)
    ]
    return run.calls.random.choice(pairs) if pairs else None


def _second_rollback(run: Difference) -> Aside | None:
    found = _some(  # of a bet: a win of a player who has nothing left is taken back unseen
        run,
        lambda memory: [
            name for name in sorted(memory.undone) if memory.applied.get(name) == "bet"
        ],
    )
    if found is None:
        return None
    return run.calls.rollback(found[0], [(run.calls.new_id(), found[1])]), None, ACCEPTED


def _anothers_bet(run: Difference) -> Aside | None:
    found = _some(run, lambda memory: memory.standing())
    if found is None:
        return None
    other = next(player for player in run.calls.players if player != found[0])
    return run.calls.rollback(other, [(run.calls.new_id(), found[1])]), None, REFUSED


def _anothers_id(run: Difference) -> Aside | None:
    found = _some(run, lambda memory: list(memory.applied))
    if found is None:
        return None
    other = next(player for player in run.calls.players if player != found[0])
    return run.calls.play(other, [run.calls.move(found[1])]), None, REFUSED


def _other_currency(run: Difference) -> Aside:
    player = run.calls.random.choice(list(run.calls.players))
    currency = run.calls.random.choice(["SEK", "NOSUCH_COIN"])
    fields = run.calls.base(player, currency=currency, transactions=[run.calls.move()])
    path = run.calls.random.choice(["balance", "betwin", "finish"])
    return ask(path, fields), None, (400, "154")


def _too_fine(run: Difference) -> Aside:
    player = run.calls.random.choice(list(run.calls.players))
    move = {**run.calls.move(), "type": "win", "amount": "0.0000001"}
    return run.calls.play(player, [move]), None, REFUSED


def _twice_in_one(run: Difference) -> Aside:
    player = run.calls.random.choice(list(run.calls.players))
    move = {**run.calls.move(), "type": "win"}
    fields = run.calls.base(player, transactions=[move, move])
    return ask("betwin", fields), ask("betwin", {**fields, "transactions": [move]}), ACCEPTED


def _id_of_nothing(run: Difference) -> Aside | None:
    found = _some(run, lambda memory: [name for name, has in memory.rollbacks.items() if not has])
    if found is None:
        return None
    return run.calls.play(found[0], [run.calls.move(found[1])]), None, ACCEPTED


KNOWN: dict[str, Callable[[Difference], Aside | None]] = {
    "a second rollback by another id pays again": _second_rollback,
    "a rollback of another player's bet or win is done": _anothers_bet,
    "another player's id is answered with his balance": _anothers_id,
    "a currency the player has no account in is taken for his own": _other_currency,
    "more decimals than a ledger keeps are taken": _too_fine,
    "an id twice in one request is done twice": _twice_in_one,
    "a bet by the id of an empty rollback has no id, which the schema forbids": _id_of_nothing,
}
"""What the reference wallet does otherwise than the text: what we decided is in each function."""
