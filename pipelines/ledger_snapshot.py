"""What `evenhand ledger snapshot` does. Way: command line -> here -> snapshots -> lines.

Balances of an instant are added up from legs; the balances kept are those of now, and are compared
with all legs there are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.engine import Connection

from core.clock import Clock, SystemClock
from core.ledger.reading import reading
from core.ledger.snapshots import EVER, disagreements, fund_totals, snapshot, totals
from core.ledger.units import units_text
from pipelines.ledger_verbs import SHOWN, ledger_url, microseconds


def print_snapshot(
    url: str, at: datetime | None, player: str | None, *, as_json: bool, clock: Clock | None = None
) -> bool:
    """Print balances before an instant (UTC; null: all there is); return whether they are sound.

    As JSON a line is an account; the table adds players up by fund, or shows one player's.
    """
    before_us = EVER if at is None else microseconds(at)
    shown = at or (clock or SystemClock()).now()
    console = Console(stderr=as_json, soft_wrap=True)
    with reading(ledger_url(url)) as connection:
        if as_json:
            _write_lines(connection, before_us, player, f"{shown:%Y-%m-%dT%H:%M:%SZ}")
        else:
            console.print(_table(connection, before_us, player, f"{shown:%Y-%m-%d %H:%M:%S} UTC"))
        wrong = list(islice(_wrong(connection, before_us, player), SHOWN))
    for said in wrong:
        console.print(Text(said, "bold red"))
    if not wrong:
        console.print("the balances kept are what their legs add up to")
    return not wrong


def _write_lines(connection: Connection, before_us: int, player: str | None, at: str) -> None:
    for held in snapshot(connection, before_us, player):
        line = {
            "at": at, "owner": held.owner, "currency": held.currency, "fund": held.fund,
            "balance": units_text(held.balance, held.currency),
        }  # fmt: skip
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _table(connection: Connection, before_us: int, player: str | None, at: str) -> Table:
    if player is not None:
        table = Table("currency", "fund", "balance", title=Text(f"{player} before {at}"))
        for held in snapshot(connection, before_us, player):
            table.add_row(held.currency, held.fund, units_text(held.balance, held.currency))
        return table
    table = Table("whose", "currency", "fund", "accounts", "balance", title=f"before {at}")
    for of_fund in fund_totals(connection, before_us):
        table.add_row(
            of_fund.owner, of_fund.currency, of_fund.fund,
            f"{of_fund.accounts:,}", units_text(of_fund.balance, of_fund.currency),
        )  # fmt: skip
    return table


def _wrong(connection: Connection, before_us: int, player: str | None) -> Iterator[str]:
    """Yield what does not add up, in words."""
    for found in disagreements(connection, player):
        held, kept = found.held, units_text(found.balance, found.held.currency)
        added = units_text(held.balance, held.currency)
        place = f"{held.owner} {held.currency} {held.fund}"
        yield f"{place}: {kept} is kept, its legs add up to {added}"
    if player is None:
        for currency, total in totals(connection, before_us).items():
            if total:
                yield f"all accounts in {currency} add up to {units_text(total, currency)}, not 0"
