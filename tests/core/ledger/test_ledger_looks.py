"""Audit, statements, sweeps and reconciliation say the same on either database."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import Policy
from core.ledger.reading import reading
from core.ledger.reads import Span, balances, statement
from core.ledger.reconciling import Kind, entries_of, reconcile
from core.ledger.rows import Bet
from core.ledger.sweeping import (
    Swept,
    close_rounds,
    ended_holds,
    expire_holds,
    open_bets,
    open_rounds,
)
from tests.core.ledger.desks import DAY_US, NOON_US, Table

NOON = datetime.fromtimestamp(NOON_US / 1_000_000, UTC)


def _played(backend: LedgerBackend) -> Table:
    """Bets open and settled, a rollback before its bet, a hold; a day later one more bet."""
    table = Table(backend).fund(real=10)
    assert table.bet("b1", 3, round_id="r") == "ok"
    assert table.bet("b2", 1, round_id="r") == "ok"
    assert table.win("w1", "b1", 5, round_id="r") == "ok"
    assert table.rollback("t1", "b9") == "bet_unknown"
    context = {"expires_us": NOON_US + 10}
    assert table.result("hold", "h", 2, bet_ref="h1", context=context).status == "ok"
    late = replace(table, at_us=NOON_US + DAY_US)
    assert late.bet("b3", 1) == "ok"
    return table


def test_a_sound_ledger_is_found_sound(ledger_url: str, ledger_backend: LedgerBackend) -> None:
    _played(ledger_backend)

    with reading(ledger_url) as connection:
        assert audit(connection) == []
        assert audit(connection, NOON_US + 1) == []


def test_a_changed_balance_and_a_changed_bet_are_found(
    ledger_url: str, ledger_backend: LedgerBackend
) -> None:
    table = _played(ledger_backend)
    table._put({"real": 99})
    with ledger_backend.transaction() as transaction:
        wanted = Wanted()
        wanted.add(Bet, "studio", "", "b1")
        bet = transaction.load(wanted, 0).get(Bet, "studio", "", "b1")
        assert bet is not None
        transaction.write([msgspec.structs.replace(bet, real=bet.real + 1)])

    with reading(ledger_url) as connection:
        found = {finding.law: finding.row for finding in audit(connection)}

    assert set(found) == {"balances_are_sums_of_legs", "bets_took_their_stake"}
    assert found["balances_are_sums_of_legs"]["balance"] == 99_000_000


def test_a_statement_is_told_page_by_page(ledger_url: str, ledger_backend: LedgerBackend) -> None:
    _played(ledger_backend)

    with reading(ledger_url) as connection:
        held = {row.fund: row.balance for row in balances(connection, "anna") if row.balance}
        first = statement(connection, "anna", Span(), most=4)
        rest = statement(connection, "anna", Span(), first.next_place, most=4)

    assert held == {"real": 8_000_000, "reserved": 2_000_000}
    operations = [line.movement.operation for line in (*first.lines, *rest.lines)]
    assert operations == ["promotion", "bet", "bet", "win", "rollback", "hold", "bet"]
    assert (len(first.lines), rest.next_place) == (4, None)


def test_what_was_left_lying_is_swept(ledger_url: str, ledger_backend: LedgerBackend) -> None:
    table, now = _played(ledger_backend), NOON_US + DAY_US // 2

    with reading(ledger_url) as connection:
        holds = list(ended_holds(connection, now))
        rounds = list(open_rounds(connection, now))
        assert [bet.bet_ref for bet in open_bets(connection, now)] == ["b2"]

    assert expire_holds(table.ledger, holds, now) == Swept(1, 0)
    assert close_rounds(table.ledger, rounds, {"studio"}, now) == Swept(1, 0)
    with reading(ledger_url) as connection:
        assert not list(ended_holds(connection, now))
        assert not list(open_rounds(connection, now))
        assert audit(connection) == []


def test_bets_of_a_round_its_provider_ended_are_settled_where_wins_name_none(
    ledger_url: str, ledger_backend: LedgerBackend
) -> None:
    names_none = Policy(win_needs_bet=False, settles_by_round=True)
    slots = replace(Table(ledger_backend, provider="slots"), policy=names_none).fund(real=10)
    for round_id in ("over", "open", "left"):
        slots.bet(f"b {round_id}", 1, round_id=round_id)
    slots.bet("b no round", 1)
    slots.win("w", "", 2, round_id="over", closes_round=True)
    roulette = Table(ledger_backend)
    roulette.bet("b named", 1, round_id="r", closes_round=True)
    later = NOON_US + DAY_US

    with reading(ledger_url) as connection:
        old = [row for row in open_rounds(connection, later) if row.round_id == "left"]
        assert close_rounds(slots.ledger, old, {"slots"}, later) == Swept(1, 0)
    with reading(ledger_url) as connection:
        left = {bet.bet_ref for bet in open_bets(connection, later)}

    assert left == {"b open", "b left", "b no round", "b named"}


def test_a_report_is_compared(ledger_url: str, ledger_backend: LedgerBackend) -> None:
    _played(ledger_backend)

    with reading(ledger_url) as connection:
        entries = [entry for _, entry in entries_of(connection, "studio", 0, NOON_US + 1)]
        assert reconcile(connection, "studio", NOON.date(), entries) == []
        found = reconcile(connection, "studio", NOON.date(), entries[1:])

    assert [(row.kind, row.here) for row in found] == [(Kind.MISSING_THERE, entries[0])]
