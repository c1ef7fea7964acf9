"""A provider's report and the ledger: what is missing on a side, differs, or is told twice."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.errors import SourceError
from core.ledger.reading import reading
from core.ledger.reconciling import (
    DAY_US,
    SLACK_US,
    Columns,
    Disagreement,
    Kind,
    read_report,
    reconcile,
)
from tests.core.ledger.desks import Table, new_ledger_file, open_sqlite

DAY = date(2026, 6, 1)
MIDNIGHT_US = (DAY - date(1970, 1, 1)).days * DAY_US
HEADER = "transaction_id,operation,amount,currency,player,round"
PLAYED = (
    "bet b1,bet,3.00,EUR,anna,r",
    "w1,win,4.5,EUR,anna,r",
    "bet b2,bet,2,EUR,anna,",
    "back,rollback,2,EUR,anna,",
    "early,rollback,7,EUR,anna,",
)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    """A day on which Anna bet twice, won once and had one bet rolled back."""
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    Table(backend, provider="cashier", at_us=MIDNIGHT_US + DAY_US // 2).fund(real=10)
    table = Table(backend, at_us=MIDNIGHT_US + DAY_US // 2)
    table.bet("b1", 3, round_id="r")
    table.win("w1", "b1", "4.5", round_id="r")
    table.bet("b2", 2)
    table.rollback("back", "b2")
    table.rollback("early", "b9")
    yield table
    backend.close()


@pytest.fixture
def found(table: Table, tmp_path: Path) -> "Found":
    return Found(tmp_path)


class Found:
    """Compares a report of some lines with the ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *lines: str, header: str = HEADER, columns: Columns | None = None
    ) -> list[Disagreement]:
        path = self.folder / "report.csv"
        path.write_text("\n".join((header, *lines)), encoding="utf-8-sig")
        with reading(f"sqlite:///{self.folder / 'ledger.sqlite'}") as connection:
            told = read_report(path, columns or Columns())
            return reconcile(connection, "studio", DAY, told)


def _short(found: list[Disagreement]) -> list[tuple[str, str, tuple[str, ...]]]:
    entries = ((row, row.here or row.there) for row in found)
    return [(row.kind, entry.transaction_id if entry else "", row.names) for row, entry in entries]


def test_a_report_that_agrees_leaves_nothing_to_say(found: Found) -> None:
    assert found(*PLAYED) == []
    assert found(*reversed(PLAYED)) == []


def test_what_the_report_lacks_is_missing_there(found: Found) -> None:
    assert _short(found(*PLAYED[:1], *PLAYED[2:])) == [("missing_there", "w1", ())]


def test_what_the_ledger_lacks_is_missing_here(found: Found) -> None:
    assert _short(found(*PLAYED, "w2,win,1,EUR,anna,r")) == [("missing_here", "w2", ())]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("w1,win,4.51,EUR,anna,r", ("amount",)),
        ("w1,win,4.5,SEK,anna,r", ("currency",)),
        ("w1,win,4.5,EUR,bert,r", ("player",)),
        ("w1,win,5,EUR,anna,q", ("amount", "round_id")),
    ],
)
def test_what_differs_is_named(found: Found, line: str, names: tuple[str, ...]) -> None:
    assert _short(found(*PLAYED[:1], line, *PLAYED[2:])) == [("differs", "w1", names)]


def test_a_rollback_is_compared_by_what_came_back(found: Found) -> None:
    lines = [*PLAYED[:3], "back,rollback,3,EUR,anna,", PLAYED[4]]
    assert _short(found(*lines)) == [("differs", "back", ("amount",))]


def test_an_amount_nobody_says_is_not_compared(found: Found) -> None:
    assert found(*PLAYED[:3], "back,rollback,,EUR,anna,", PLAYED[4]) == []


def test_a_line_told_twice_is_one_row(found: Found) -> None:
    assert _short(found(*PLAYED, PLAYED[1])) == [("twice", "w1", ())]


def test_near_midnight_the_neighbouring_day_may_tell_it(table: Table, found: Found) -> None:
    offsets = {"before": -SLACK_US, "first": 0, "last": DAY_US - 1, "after": DAY_US}
    for name, offset in offsets.items():
        Table(table.backend, at_us=MIDNIGHT_US + offset).promotion(name, 1)

    assert _short(found(*PLAYED)) == [("near_midnight", "first", ()), ("near_midnight", "last", ())]
    told = (f"{name},promotion,1,EUR,anna," for name in offsets)
    assert found(*PLAYED, *told) == []


def test_a_report_in_the_providers_own_words_is_read(found: Found) -> None:
    columns = Columns(
        "uuid", "type", "cents", "ccy", "user", "", {"DEBIT": "bet", "CREDIT": "win"}, places=5
    )
    lines = ("bet b1,DEBIT,300000,EUR,anna,x", "w1,CREDIT,450000,EUR,anna,x")

    assert {row.kind for row in found(*lines, header="uuid,type,cents,ccy,user,more",
                                      columns=columns)} == {Kind.MISSING_THERE}  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("w1,jackpot,1,EUR,anna,r",), "line 2: operation 'jackpot'"),
        ((PLAYED[0], "w1,win,1.0000001,EUR,anna,r"), "line 3: .* at most 6 decimals"),
        (("w1,win,x,EUR,anna,r",), "line 2: .*no decimal"),
        (("w1,win,1,ABC,anna,r",), "line 2: .*ABC"),
        (("w1,win",), "line 2: .*6 fields"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    found: Found, lines: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        found(*lines)


def test_a_report_without_a_column_is_refused(found: Found) -> None:
    with pytest.raises(SourceError, match="no column round"):
        found(header="transaction_id,operation,amount,currency,player")
