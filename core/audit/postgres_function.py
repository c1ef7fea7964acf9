"""PostgreSQL: entries chained by the database, within a transaction of one question.

Way: ledger's backend -> `argument_of` -> `SELECT audit_append(...)`, last before the commit. The
sum is chain.py's. Chains are locked in order of their names, as `append` locks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.engine import Connection

from core.audit.entry import GENESIS, Body, check_chain

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append(entries jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  place bigint; link text; before text; said record; name text;
BEGIN
  FOR name IN
    SELECT DISTINCT (e->>'chain') COLLATE "C" FROM jsonb_array_elements(entries) e ORDER BY 1
  LOOP
    SELECT seq, hash INTO place, link FROM audit_head WHERE chain = name FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO audit_head VALUES (name, 0, '%(genesis)s') ON CONFLICT DO NOTHING;
      SELECT seq, hash INTO place, link FROM audit_head WHERE chain = name FOR UPDATE;
    END IF;
    FOR said IN
      SELECT e->>'body' AS body, (e->>'at_us')::bigint AS at_us, e->>'player' AS player,
             e->>'event' AS event, e->>'rule_id' AS rule_id
      FROM jsonb_array_elements(entries) WITH ORDINALITY t(e, n) WHERE e->>'chain' = name ORDER BY n
    LOOP
      place := place + 1;
      before := link;
      link := encode(sha256(convert_to(
        before || ':' || name || ':' || place || ':' || said.body, 'UTF8')), 'hex');
      INSERT INTO audit_entry (chain, seq, body, prev_hash, hash, at_us, player, event, rule_id)
      VALUES (name, place, said.body, before, link,
              said.at_us, said.player, said.event, said.rule_id);
    END LOOP;
    UPDATE audit_head SET seq = place, hash = link WHERE chain = name;
  END LOOP;
END $$
""" % {"genesis": GENESIS}  # noqa: UP031 - braces and percent signs of SQL


class _Said(msgspec.Struct, frozen=True):
    chain: str
    body: str
    at_us: int
    player: str
    event: str
    rule_id: str


def make_function(connection: Connection) -> None:
    """Make `audit_append(entries jsonb)`, or this version of it."""
    connection.exec_driver_sql(_FUNCTION)


def argument_of(bodies: Mapping[str, Sequence[Body]]) -> bytes:
    """Return what `audit_append` takes for bodies, by chain: JSON in UTF-8.

    Raises:
        LogError: a chain's name is none.

    >>> argument_of({"rg:GB": [Body("{}", 1)]})
    b'[{"chain":"rg:GB","body":"{}","at_us":1,"player":"","event":"","rule_id":""}]'
    """
    return msgspec.json.encode([
        _Said(chain, body.text, body.at_us, body.player, body.event, body.rule_id)
        for chain, said in bodies.items() if check_chain(chain)
        for body in said
    ])  # fmt: skip
