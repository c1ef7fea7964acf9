"""A provider that asks with the same bytes until it is told something final.

It keeps accounts of its own by what it was told alone, and sends old requests again now and then.
Way: test_wallet_kills -> here -> the wallet's HTTP.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from core.ledger.units import units
from tests.core.wallet.wallet_server import TOKEN, exact

GIVE_UP_S, PAUSE_S, ANSWER_S = 120.0, 0.05, 15.0
_CHANGED = {"debit": -1, "credit": 1, "cancel": 1}
_OK, _UNKNOWN = frozenset({"OK"}), frozenset({"BET_DOES_NOT_EXIST"})
_NEVER = frozenset({"FINAL_ERROR_ACTION_FAILED"})


@dataclass(frozen=True, slots=True)
class Step:
    """A request of a round: its path, what it moves if it is accepted, and what may be said."""

    path: str
    transaction: str
    amount: Decimal
    may_be: frozenset[str]


@dataclass(frozen=True, slots=True)
class Final:
    """A request with the bytes it was sent as and those it was answered with."""

    path: str
    sent: bytes
    answered: bytes


@dataclass(slots=True)
class StubbornProvider:
    """Plays one player's rounds until `ended` is set; `faults` are answers that are wrong.

    `due` is what the player must have in ledger units, by the answers alone.
    """

    port: int
    player: str
    chance: random.Random
    due: int
    ended: threading.Event
    finals: list[Final] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    retries: int = 0
    _sid: str = ""
    _last: str = ""
    _line: http.client.HTTPConnection | None = None

    def play(self) -> None:
        """Begin a session, then play round after round."""
        try:
            self._sid = exact(self.until_final("sid", self._body("sid")))["sid"]
            number = 0
            while not self.ended.is_set() and not self.faults:
                for step in self._round(number):
                    self._take(step, number)
                number += 1
                self._repeat()
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            self.faults.append(f"{self.player}: {type(error).__name__}: {error}")
        finally:
            self.hang_up()

    def until_final(self, path: str, body: bytes) -> bytes:
        """Send the same bytes until the answer is final; return it."""
        deadline, pause = time.monotonic() + GIVE_UP_S, threading.Event()
        while time.monotonic() < deadline:
            answer = self._asked(path, body)
            if answer is not None and exact(answer)["status"] != "TEMPORARY_ERROR":
                return answer
            self.retries += 1
            pause.wait(PAUSE_S)
        raise TimeoutError(f"no final answer to {path} {body.decode()}, lastly {self._last}")

    def hang_up(self) -> None:
        """Close the connection, if there is one."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def _round(self, number: int) -> Iterator[Step]:
        stake = Decimal(self.chance.randint(1, 30_000_000)).scaleb(-6)
        debit = Step("debit", f"{number}d", stake, _OK | {"INSUFFICIENT_FUNDS"})
        cancel = Step("cancel", f"{number}d", stake, _OK | _UNKNOWN)
        luck = self.chance.random()
        if luck < 0.1:  # the cancel overtakes its debit
            yield Step("cancel", f"{number}d", stake, _UNKNOWN)
            yield Step("debit", f"{number}d", stake, _NEVER)
            return
        yield debit
        if luck < 0.3:
            yield cancel
        elif luck < 0.9:
            won = stake * self.chance.choice((0, 0, 1, 2, 3))
            yield Step("credit", f"{number}c", won, _OK | _UNKNOWN)

    def _take(self, step: Step, number: int) -> None:
        moved = {"id": f"{self.player}/{step.transaction}", "refId": f"{self.player}/{number}"}
        body = self._body(f"{step.path} {number}", transaction={**moved, "amount": "AMOUNT"})
        sent = body.replace(b'"AMOUNT"', f"{step.amount:f}".encode())
        answered = self.until_final(step.path, sent)
        status = exact(answered)["status"]
        if status not in step.may_be:
            self.faults.append(f"{step.path} {sent.decode()}: {answered.decode()}")
        if status == "OK":
            self.due += _CHANGED[step.path] * units(step.amount, "EUR")
        self.finals.append(Final(step.path, sent, answered))

    def _repeat(self) -> None:
        """Send an old request again; it must be answered with the bytes of then.

        A credit or cancel that was refused is judged anew: only its verdict must be that of then.
        """
        if self.chance.random() > 0.2 or not self.finals:
            return
        old = self.chance.choice(self.finals[-20:])
        again = self.until_final(old.path, old.sent)
        verdict = exact(old.answered)["status"]
        is_kept = verdict == "OK" or old.path == "debit"
        if again != old.answered and (is_kept or exact(again)["status"] != verdict):
            said = f"{old.answered.decode()}, then {again.decode()}"
            self.faults.append(f"{old.path} {old.sent.decode()} again: {said}")

    def _body(self, uuid: str, **fields: object) -> bytes:
        known = {"uuid": uuid, "userId": self.player, "sid": self._sid, "currency": "EUR"}
        return json.dumps({**known, **fields}).encode()

    def _asked(self, path: str, body: bytes) -> bytes | None:
        """Send a request once; None if nobody answered."""
        line = self._line = self._line or http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=ANSWER_S
        )
        try:
            line.request("POST", f"/evolution/{path}?authToken={TOKEN}", body)
            answer = line.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._last = f"{type(error).__name__}: {error}"
            self.hang_up()
            return None
        self._last = f"{answer.status} {said.decode(errors='replace')}"
        return said if answer.status == 200 else None
