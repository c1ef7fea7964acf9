"""Debits with nothing around them, to measure the ledger against. Way: ledger_speed -> here.

`debit` is the least a wallet may do: the id must be new, the balance must suffice, and the change
is kept as a row and two legs; the house has no balance. `transfer` is the least a general ledger
does: two accounts, both with a balance, locked in order of their ids, so that all players queue for
the row of the house. `general` (in `ledger_general`) does it as such a ledger really would.
"""

from __future__ import annotations

import os
import re
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.errors import NotReadyError
from core.ledger.postgres_pool import SETTINGS

_TABLES = """
CREATE SCHEMA bare;
SET search_path = bare;
CREATE TABLE holder (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0));
CREATE TABLE request (provider TEXT, name TEXT, PRIMARY KEY (provider, name));
CREATE TABLE posted (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, holder BIGINT NOT NULL, amount BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE TABLE part (
  posted BIGINT, place INT, holder BIGINT NOT NULL, amount BIGINT NOT NULL, after BIGINT,
  PRIMARY KEY (posted, place));
CREATE SEQUENCE numbers;
CREATE SEQUENCE names;
INSERT INTO holder SELECT n, 1000000000000 FROM generate_series(0, {players}) n;
"""
_DEBIT = """
CREATE FUNCTION bare.debit(who BIGINT, said TEXT, taken BIGINT) RETURNS BIGINT LANGUAGE plpgsql
AS $$
DECLARE
  number BIGINT := nextval('bare.numbers');
  rest BIGINT;
BEGIN
  UPDATE bare.holder SET balance = balance - taken WHERE id = who AND balance >= taken
    RETURNING balance INTO rest;
  IF NOT FOUND THEN
    RETURN -1;
  END IF;
  INSERT INTO bare.request VALUES ('studio', said);
  INSERT INTO bare.posted (id, name, holder, amount) VALUES (number, said, who, taken);
  INSERT INTO bare.part VALUES (number, 0, who, -taken, rest), (number, 1, 0, taken, NULL);
  RETURN rest;
END $$
"""
_TRANSFER = """
CREATE FUNCTION bare.transfer(giver BIGINT, taker BIGINT, said TEXT, moved BIGINT) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
  number BIGINT := nextval('bare.numbers');
  gives BIGINT;
  takes BIGINT;
BEGIN
  PERFORM FROM bare.holder WHERE id IN (giver, taker) ORDER BY id FOR UPDATE;
  UPDATE bare.holder SET balance = balance - moved WHERE id = giver RETURNING balance INTO gives;
  UPDATE bare.holder SET balance = balance + moved WHERE id = taker RETURNING balance INTO takes;
  INSERT INTO bare.posted (id, name, holder, amount) VALUES (number, said, giver, moved);
  INSERT INTO bare.part
    VALUES (number, 0, giver, -moved, gives), (number, 1, taker, moved, takes);
  RETURN gives;
END $$
"""
_ASKED = {
    "debit": "SELECT bare.debit(:who, 'bet-' || nextval('bare.names'), 1000000);",
    "transfer": "SELECT bare.transfer(:who, 0, 'bet-' || nextval('bare.names'), 1000000);",
    "general": "SELECT bare.general(('a_' || :who), 'a_0', 1000000);",
    "bet": "SELECT bare.bet(:who, 'bet-' || nextval('bare.names'));",
    "bet_house": "SELECT bare.bet_house(:who, 'bet-' || nextval('bare.names'));",
}


def make_bare(url: str, players: int) -> None:
    """Make the tables and functions beside the ledger's, in the same database."""
    with psycopg.connect(url) as connection:
        for statement in (_TABLES.format(players=players), _DEBIT, _TRANSFER):
            connection.execute(statement.encode())


@dataclass(frozen=True, slots=True)
class Bench:
    """pgbench on one of the functions."""

    url: str
    folder: Path
    players: int
    connections: int

    def per_second(self, function: str, seconds: float) -> float:
        """Return how many calls a second were committed.

        Raises:
            NotReadyError: pgbench is missing, or did not finish.
        """
        script = self.folder / f"{function}.sql"
        script.write_text(f"\\set who random(1, {self.players})\n{_ASKED[function]}\n")
        shape = ["-c", str(self.connections), "-j", "2", "-T", str(round(seconds))]
        command = ["pgbench", "-n", "-M", "prepared", *shape, "-f", str(script), self.url]
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        environment = {**os.environ, "PGOPTIONS": settings}  # those the ledger connects with
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=True, env=environment
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotReadyError(f"pgbench: {error}", hint="apt-get install postgresql") from error
        found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
        if found is None:
            raise NotReadyError(f"pgbench said {done.stdout!r}")
        return float(found[1])


def flush_us(path: Path, times: int = 200) -> float:
    """Return how long the disk takes to keep a page that was written over, in microseconds."""
    with path.open("wb") as file:
        taken = []
        for _ in range(times):
            file.seek(0)
            file.write(bytes(8_192))
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


def inserts_per_second(path: Path, seconds: float) -> float:
    """Return how many rows a second SQLite takes, each in a commit that reaches the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, body TEXT)")
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO kept (body) VALUES (?)", ("x" * 200,))
        connection.execute("COMMIT")
        count += 1
    connection.close()
    return count / seconds
