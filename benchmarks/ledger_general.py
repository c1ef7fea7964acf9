"""A posting as pgledger makes it, one account being the house's. Way: ledger_speed -> here.

pgledger (https://github.com/pgr0ss/pgledger, read as of November 2026) is a double-entry ledger in
PostgreSQL functions. Written anew here, with what a posting costs there: ids are texts made for
every row, amounts are NUMERIC, every row refers to its accounts and its transfer by foreign keys,
transfers and entries have five indexes beside their keys, both accounts are locked one by one in
order of their ids and changed with their version, sign limits and currencies are checked, and each
entry keeps the balance before and after. No idempotency there, nor here.

It is lighter than the original: an id is a random UUID, not a ULID computed in plpgsql; one posting
is not wrapped as a list of one; nothing is read back. So the original is slower than this, and
`ledger_bare.transfer` (integers, no foreign keys, no index beside the keys) is faster.
"""

from __future__ import annotations

import psycopg

_TABLES = """
CREATE TABLE bare.account (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL, balance NUMERIC NOT NULL,
  version BIGINT NOT NULL, may_owe BOOLEAN NOT NULL, may_have BOOLEAN NOT NULL,
  made_at TIMESTAMPTZ NOT NULL, changed_at TIMESTAMPTZ NOT NULL);
CREATE TABLE bare.moved (
  id TEXT PRIMARY KEY, giver TEXT NOT NULL REFERENCES bare.account,
  taker TEXT NOT NULL REFERENCES bare.account, amount NUMERIC NOT NULL CHECK (amount > 0),
  made_at TIMESTAMPTZ NOT NULL, happened_at TIMESTAMPTZ NOT NULL, CHECK (giver <> taker));
CREATE INDEX ON bare.moved (giver);
CREATE INDEX ON bare.moved (taker);
CREATE INDEX ON bare.moved (happened_at);
CREATE TABLE bare.entry (
  id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES bare.account,
  moved TEXT NOT NULL REFERENCES bare.moved, amount NUMERIC NOT NULL, before NUMERIC NOT NULL,
  after NUMERIC NOT NULL, version BIGINT NOT NULL, made_at TIMESTAMPTZ NOT NULL);
CREATE INDEX ON bare.entry (account);
CREATE INDEX ON bare.entry (moved);
INSERT INTO bare.account
  SELECT 'a_' || n, 'holder ' || n, 'EUR', 1000000000000, 0, n = 0, TRUE, now(), now()
  FROM generate_series(0, {players}) n;
"""
_LIMITS = """
CREATE FUNCTION bare.check_limits(held bare.account) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF held.balance < 0 AND NOT held.may_owe OR held.balance > 0 AND NOT held.may_have THEN
    RAISE EXCEPTION 'account % may not have %', held.id, held.balance;
  END IF;
END $$
"""
_GENERAL = """
CREATE FUNCTION bare.general(giver TEXT, taker TEXT, amount NUMERIC) RETURNS TEXT LANGUAGE plpgsql
AS $$
DECLARE
  locked TEXT;
  gave bare.account;
  took bare.account;
  number TEXT := 't_' || gen_random_uuid();
BEGIN
  FOREACH locked IN ARRAY ARRAY[least(giver, taker), greatest(giver, taker)] LOOP
    PERFORM FROM bare.account a WHERE a.id = locked FOR UPDATE;
  END LOOP;
  UPDATE bare.account a SET balance = a.balance - amount, version = a.version + 1,
    changed_at = now() WHERE a.id = giver RETURNING a.* INTO gave;
  PERFORM bare.check_limits(gave);
  UPDATE bare.account a SET balance = a.balance + amount, version = a.version + 1,
    changed_at = now() WHERE a.id = taker RETURNING a.* INTO took;
  PERFORM bare.check_limits(took);
  IF gave.currency <> took.currency THEN
    RAISE EXCEPTION 'two currencies';
  END IF;
  INSERT INTO bare.moved VALUES (number, giver, taker, amount, now(), now());
  INSERT INTO bare.entry VALUES ('e_' || gen_random_uuid(), giver, number, -amount,
    gave.balance + amount, gave.balance, gave.version, now());
  INSERT INTO bare.entry VALUES ('e_' || gen_random_uuid(), taker, number, amount,
    took.balance - amount, took.balance, took.version, now());
  RETURN number;
END $$
"""


def make_general(url: str, players: int) -> None:
    """Make tables and function in the schema `make_bare` has made."""
    with psycopg.connect(url) as connection:
        for statement in (_TABLES.format(players=players), _LIMITS, _GENERAL):
            connection.execute(statement.encode())
