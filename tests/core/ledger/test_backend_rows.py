"""Every backend: what was written is there as it was, for whoever opens the ledger next."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ledger.backend import BrokenLedgerError, LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import Action, RetryableError, Status
from core.ledger.ledger import Asked, Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.row import Row
from core.ledger.rows import HOUSE, ROWS, Account, Bet, Bonus, Fund, House, Leg, Wallet
from core.ledger.units import units
from core.ledger.wallets import open_wallet, set_state
from tests.core.ledger.backend_rows import (
    bet,
    call,
    gift,
    load,
    wallet,
    write,
)

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1)


def test_a_bet_is_taken_and_answered_again(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    ledger = Ledger(ledger_backend)
    ledger.post_one(gift("anna", "p1", "10"))
    bet = call("anna", Action("bet", "t1", units("4", "EUR"), bet_ref="b1", round_id="r1"))

    first, second = ledger.post_one(bet), ledger.post_one(bet)

    assert first.results[0].status is Status.OK
    assert second.results[0].is_replay
    assert second.results[0].movement_id == first.results[0].movement_id
    assert second.balances[Fund.REAL] == units("6", "EUR")


def test_what_was_committed_is_there_for_whoever_opens_the_ledger_next(
    ledger_url: str, ledger_backend: LedgerBackend
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    asked = Asked(gift("anna", "p1", "10"), lambda outcome: (200, b'{"id": "\xc3\xa9"}'), "hash")
    [first] = Ledger(ledger_backend).post([asked])
    ledger_backend.close()

    with closing(open_backend(ledger_url)) as opened:
        [second] = Ledger(opened).post([asked])

    assert second.reply == first.reply
    assert second.outcome is None


@given(parts=st.lists(st.sampled_from(ROWS), min_size=1, max_size=4, unique=True), chosen=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_row_comes_back_as_it_was_written(
    ledger_backend: LedgerBackend, parts: Sequence[type[Row]], chosen: st.DataObject
) -> None:
    rows = [chosen.draw(_rows(kind), kind.table) for kind in parts]
    wanted = Wanted()
    for row in rows:
        wanted.add(type(row), *row.key)
    found = load(ledger_backend, wanted)
    rows = [row for row in rows if found.get(type(row), *row.key) is None]
    try:
        write(ledger_backend, *rows)
    except (RetryableError, BrokenLedgerError):
        return  # a number drawn before, or one the tables refuse

    books = load(ledger_backend, wanted)

    assert [books.get(type(row), *row.key) for row in rows] == rows


def _rows(kind: type[Row]) -> st.SearchStrategy[Row]:
    kinds: dict[object, st.SearchStrategy[object]] = {
        int: numbers, str: words, int | None: numbers | st.none(), str | None: words | st.none(),
    }  # fmt: skip
    fields = {
        name: kinds[hint]
        for name, hint in get_type_hints(kind).items()
        if name in kind.__struct_fields__
    }
    if kind is Leg:
        fields["amount"] = st.just(0)
    for name in {"balance", "real", "locked", "bonus"} & set(fields):
        fields[name] = st.integers(0, 2**63 - 1)
    return st.builds(kind, **fields)


def test_a_row_written_again_stands_in_its_place(ledger_backend: LedgerBackend) -> None:
    write(ledger_backend, wallet("anna"), bet("anna"))
    wanted = Wanted({"anna"})
    wanted.add(Bet, "studio", "", "b")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        transaction.write([wallet("anna", 1), bet("anna", "settled")])
        transaction.write([wallet("anna", 2)])

    books = load(ledger_backend, wanted)
    assert books.get(Wallet, "anna") == wallet("anna", 2)
    assert books.get(Bet, "studio", "", "b") == bet("anna", "settled")


def test_of_a_players_rows_those_in_state_active_are_found(ledger_backend: LedgerBackend) -> None:
    rows = [_bonus("anna", "b1", "active"), _bonus("anna", "b2", "expired")]
    write(ledger_backend, wallet("anna"), *rows, _bonus("ben", "b3", "active"))

    books = load(ledger_backend, Wanted({"anna"}, of_players={Bonus}))

    assert [*books.of(Bonus, "anna")] == rows[:1]
    assert not [*books.of(Bonus, "ben")]


def _bonus(player: str, bonus_id: str, state: str) -> Bonus:
    return Bonus(
        player=player, bonus_id=bonus_id, currency="EUR", code="", granted=1, wagering_required=1,
        wagered=0, contributions="{}", release_most=None, state=state, granted_us=1, expires_us=2,
        ended_us=None,
    )  # fmt: skip


def test_the_accounts_of_house_and_player_are_found(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    open_wallet(ledger_backend, "anna", "SEK", 1)

    books = load(ledger_backend, Wanted({"anna"}, {("anna", "EUR"), (HOUSE, "SEK")}))

    assert set(books.balances("anna", "EUR")) == set(Fund)
    assert not books.balances("anna", "SEK")
    assert all(books.get(Account, HOUSE, "SEK", name) is not None for name in House)


def test_a_wallet_is_blocked_and_opened_again(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    open_wallet(ledger_backend, "anna", "EUR", 2)

    for state in ("blocked", "blocked", "open"):
        set_state(ledger_backend, "anna", state)

    found = load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna")
    assert found == Wallet(player="anna", state="open", version=2, opened_us=1)
