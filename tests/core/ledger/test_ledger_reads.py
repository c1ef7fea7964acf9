"""A player's balances and statement, page by page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ledger.reading import reading
from core.ledger.reads import Place, Span, StatementLine, balances, statement
from tests.core.ledger.desks import NOON_US, Table, new_ledger_file, open_sqlite


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    """Anna and Bert have played in two currencies."""
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    table = Table(backend).fund(real=10)
    table.seat("anna", "SEK").fund(real=5)
    table.seat("bert").fund(real=20)
    for number in range(7):
        later = Table(backend, at_us=NOON_US + 1 + number // 2)
        assert later.bet(f"b{number}", 1) == "ok"
    yield table
    backend.close()


def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


def test_balances_are_told_by_currency_and_fund(table: Table, tmp_path: Path) -> None:
    with reading(_url(tmp_path)) as connection:
        found = balances(connection, "anna")

        assert [(row.currency, row.fund) for row in found][::5] == [
            ("EUR", "real"),
            ("SEK", "real"),
        ]
        assert [row.balance for row in found if row.balance] == [3_000_000, 5_000_000]
        assert [row.version for row in found if row.version] == [8, 1]
        assert balances(connection, "nobody") == []


def test_a_statement_tells_every_movement_once_whatever_the_page(
    table: Table, tmp_path: Path
) -> None:
    with reading(_url(tmp_path)) as connection:
        whole = statement(connection, "anna", Span())
        assert whole.next_place is None
        for most in (1, 2, 3, 9):
            lines: list[StatementLine] = []
            place: Place | None = None
            while True:
                page = statement(connection, "anna", Span(), place, most=most)
                assert len(page.lines) <= most
                lines += page.lines
                place = page.next_place
                if place is None:
                    break
            assert lines == list(whole.lines)

    assert [line.movement.operation for line in whole.lines] == ["promotion"] * 2 + ["bet"] * 7
    assert [leg.balance_after for leg in whole.lines[-1].legs] == [3_000_000, None]
    assert [leg.owner for leg in whole.lines[-1].legs] == ["anna", "house"]


def test_a_statement_keeps_to_its_span(table: Table, tmp_path: Path) -> None:
    with reading(_url(tmp_path)) as connection:
        page = statement(connection, "anna", Span(NOON_US + 1, NOON_US + 3))

    assert [line.movement.bet_ref for line in page.lines] == ["b0", "b1", "b2", "b3"]
