"""The ledger's own SQL for a whole bet, as one function for pgbench. Way: ledger_speed -> here.

A bet is posted once to a backend that only listens: what it would have asked PostgreSQL, with the
names, ids and balances of that bet replaced by those of the call, is the function's body. So it is
the SQL the ledger sends, whatever it sends: `ledger_load` with its locks, `ledger_write` with every
row of the bet, one bet a transaction. What Python decides between the two, SQL is told beforehand:
the bet is new, the player has the money. `bet_house` adds the one thing the ledger does without: a
balance of the house, changed by every bet between the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import psycopg

from benchmarks.ledger_world import STAKE
from core.ledger.backend import LedgerTransaction
from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger
from core.ledger.postgres_backend import PostgresTransaction
from core.ledger.row import Row
from core.ledger.rows import HOUSE, Account, Fund, House, Wallet

_ID, _ACCOUNT, _BALANCE, _VERSION = (digit * 10**14 for digit in (91, 92, 93, 94))
_PLACEHOLDER = re.compile(r"@player@|@name@|9[1-4]\d{14}|\"references\":\[[-\d,]*\]")
_LITERAL = re.compile(rb"'((?:[^']|'')*)'")
_HOUSE_ROW = """
CREATE TABLE bare.house (id INT PRIMARY KEY, balance BIGINT NOT NULL);
INSERT INTO bare.house VALUES (0, 0);
"""
_FUNCTION = """
CREATE FUNCTION bare.{name}(who BIGINT, name TEXT) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  player TEXT := 'p' || who;
  found JSONB; id BIGINT; account BIGINT; held BIGINT; version BIGINT;
BEGIN
  found := ledger_load(({wanted})::jsonb)::jsonb;
  id := (found->'ids'->>0)::bigint;
  SELECT (e->>0)::bigint, (e->>4)::bigint, (e->>5)::bigint INTO account, held, version
    FROM jsonb_array_elements(found->'account') e WHERE e->>3 = 'real';
  {between}
  PERFORM ledger_write(({fresh})::jsonb, ({changed})::jsonb);
END $body$
"""


def make_ledger_bets(url: str) -> None:
    """Make `bare.bet` and `bare.bet_house` in a database that holds a ledger and bare tables."""
    wanted, fresh, changed = (_expression(text) for text in _said_of_a_bet())
    house = f"UPDATE bare.house SET balance = balance + {STAKE} WHERE house.id = 0;"
    with psycopg.connect(url) as connection:
        connection.execute(_HOUSE_ROW)
        for name, between in (("bet", ""), ("bet_house", house)):
            made = _FUNCTION.format(
                name=name, wanted=wanted, fresh=fresh, changed=changed, between=between
            )
            connection.execute(made.encode())


def _expression(text: str) -> str:
    """Return SQL for a text with placeholders."""
    parts, at = list[str](), 0
    for met in _PLACEHOLDER.finditer(text):
        parts += [_quoted(text[at : met.start()]), _value(met[0])]
        at = met.end()
    return " || ".join([*parts, _quoted(text[at:])])


def _value(placeholder: str) -> str:
    if placeholder.startswith('"references"'):
        return "'\"references\":[' || hashtextextended(name, 0) || ']'"
    if placeholder.startswith("@"):
        return placeholder.strip("@")
    base, more = divmod(int(placeholder), 10**14)
    if base * 10**14 == _BALANCE:  # what the row held, less the stake
        return f"(held - {STAKE})"
    column = {_ID: "id", _ACCOUNT: "account", _VERSION: "version"}[base * 10**14]
    return f"({column} + {more})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _said_of_a_bet() -> tuple[str, str, str]:
    """Return what the ledger loads, inserts and changes for a bet, as JSON with placeholders."""
    listener = _Listener()
    ledger = Ledger(listener)
    bet = Action("bet", "@name@", STAKE, bet_ref="@name@", round_id="@name@")
    call = Call("studio", "@player@", "EUR", (bet,), at_us=1_000_000)
    for _ in range(2):  # the first one also asks for the house's accounts
        listener.said.clear()
        ledger.post([Asked(call)])
    load, write = listener.said
    texts = [text.replace(b"''", b"'") for text in _LITERAL.findall(load) + _LITERAL.findall(write)]
    wanted, fresh, changed = (text.decode() for text in texts)
    return wanted, fresh, changed


@dataclass(slots=True)
class _Listener:
    """A backend that answers every load with one rich player's rows, and keeps what it was told."""

    said: list[bytes] = field(default_factory=list)
    is_idle: bool = True

    @contextmanager
    def transaction(self) -> Iterator[LedgerTransaction]:
        transaction = PostgresTransaction(self)  # type: ignore[arg-type] # a connection's part
        self.is_idle = True
        yield transaction
        transaction.flush(and_commit=True)

    def ask(self, script: bytes) -> tuple[bytes | None, bytes]:
        self.said.append(script)
        self.is_idle = False
        return msgspec.json.encode(_found()), b"COMMIT"

    def close(self) -> None:
        """Nothing is open."""


def _found() -> dict[str, object]:
    player = {"player": "@player@", "currency": "EUR"}
    accounts: list[Row] = [
        Account(
            id=_ACCOUNT if fund is Fund.REAL else 0, fund=fund, version=_VERSION,
            balance=_BALANCE + STAKE if fund is Fund.REAL else 0, **player,
        )
        for fund in Fund
    ]  # fmt: skip
    accounts += [
        Account(id=0, player=HOUSE, currency="EUR", fund=name, balance=0, version=0)
        for name in House
    ]
    wallet = Wallet(player="@player@", state="open", version=0, opened_us=0)
    return {"ids": [_ID], "wallet_of_players": [wallet], "account": accounts}
