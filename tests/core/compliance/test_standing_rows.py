"""A standing as two rows: whatever it says comes back, and a stake leaves the settled one alone."""

from collections.abc import Iterable

import msgspec
import pytest

from core.compliance.standing import (
    Hold,
    Limit,
    OpenDuty,
    Paid,
    Play,
    RegisterState,
    Standing,
    Sums,
    packed,
)
from core.compliance.standing_rows import MOVED, SETTLED, put_standing, read_standing
from core.ledger.books import Books, Wanted
from core.ledger.row import Row
from core.ledger.rule_rows import StandingRow, StandingSettled

FULL = Standing(
    player="p", jurisdiction="GB", currency="GBP", pseudonym="x", born_on="1990-05-01",
    name_key="n", verified="full", opened_us=1, seen_us=2,
    limits=(Limit(limit="deposit", period="day", amount=5, set_us=1),),
    holds=(Hold(kind="time_out", since_us=1, until_us=9, rule="R", ends_by="clock"),),
    sums={"day": Sums(start_us=0, end_us=9, stakes=3)},
    paid=packed([Paid(payment_id="d", amount=5, at_us=1, is_deposit=True, state="settled")]),
    accrued_deposits=1, accrued_withdrawals=2, accrued_stakes=3, accrued_wins=4, weeks=((0, 5),),
    play=Play(session_id="s", started_us=1),
    registers={"gamstop": RegisterState(status="clear", at_us=1)}, consents=("email",),
    consents_version="v1",
    marks={"first_play": 1}, attempts={"reversal": (1,)}, values={"income": 7}, legal_hold="POCA",
    duties=(OpenDuty(kind="call", rule="R", since_us=2, due_us=9),),
)  # fmt: skip


def _books(rows: Iterable[Row]) -> Books:
    books = Books(list(rows), ())
    books.expect(_wanted())
    return books


def _wanted() -> Wanted:
    wanted = Wanted({"p"})
    wanted.add(StandingRow, "p")
    wanted.add(StandingSettled, "p")
    return wanted


def _put(standing: Standing, rows: Iterable[Row] = ()) -> list[Row]:
    books = _books(rows)
    put_standing(books, standing)
    return [row for row in books.changes() if isinstance(row, StandingRow | StandingSettled)]


def test_every_field_is_in_one_row_or_names_the_player() -> None:
    named = {"player", "jurisdiction", "currency", "pseudonym"}

    assert not set(SETTLED) & set(MOVED)
    assert {*SETTLED, *MOVED} == set(Standing.__struct_fields__) - named


@pytest.mark.parametrize("field", sorted({*SETTLED, *MOVED}))
def test_what_is_written_comes_back(field: str) -> None:
    assert msgspec.json.encode(getattr(FULL, field)) != msgspec.json.encode(
        {**SETTLED, **MOVED}[field]
    ), "the full standing says something of every field but what was added since"
    bare = Standing(player="p", jurisdiction="GB", currency="GBP", pseudonym="x")
    standing = msgspec.structs.replace(bare, **{field: getattr(FULL, field)})

    found = read_standing(_books(_put(standing)), "p")

    assert msgspec.json.encode(found) == msgspec.json.encode(standing)


def test_a_stake_writes_what_moved_and_leaves_the_rest() -> None:
    rows = _put(FULL)
    staked = msgspec.structs.replace(FULL, seen_us=3, accrued_stakes=9)

    written = _put(staked, rows)

    assert [type(row) for row in written] == [StandingRow]
    assert b'"limits"' not in msgspec.json.encode(written)


def test_a_limit_writes_the_settled_row_too() -> None:
    lowered = msgspec.structs.replace(FULL, limits=())

    written = _put(lowered, _put(FULL))

    assert {type(row) for row in written} == {StandingRow, StandingSettled}


def test_a_standing_of_before_is_read_whole_and_then_written_as_two() -> None:
    whole = StandingRow(
        player="p", jurisdiction="GB", version=4, body=msgspec.json.encode(FULL).decode()
    )

    found = read_standing(_books([whole]), "p")
    assert found is not None
    again = read_standing(_books(_put(found, [whole])), "p")

    assert msgspec.json.encode(found) == msgspec.json.encode(FULL) == msgspec.json.encode(again)
