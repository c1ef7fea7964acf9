"""What every backend of the ledger promises, on genuine databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.ledger.backend import BrokenLedgerError, LedgerBackend
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, RetryableError, Status
from core.ledger.ledger import Asked, Ledger
from core.ledger.migrate import database_url
from core.ledger.open_ledger import open_backend
from core.ledger.rows import (
    HOUSE,
    ROWS,
    Account,
    Bet,
    Bonus,
    Fund,
    House,
    Leg,
    Movement,
    Row,
    Tombstone,
    Wallet,
)
from core.ledger.units import units
from core.ledger.wallets import open_wallet, set_state

BLOCKED_S = 0.2  # how long a thread that must wait is watched waiting
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture
def other_backend(ledger_url: str) -> Iterator[LedgerBackend]:
    """The same ledger as `ledger_backend`, opened by somebody else and ready at once."""
    with closing(open_backend(ledger_url)) as backend:
        _load(backend, Wanted())
        yield backend


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def _call(player: str, *actions: Action) -> Call:
    return Call("studio", player, "EUR", actions, at_us=1_000)


def _gift(player: str, name: str, amount: str) -> Call:
    return _call(player, Action("promotion", name, units(amount, "EUR")))


def _wallet(player: str, version: int = 0) -> Wallet:
    return Wallet(player=player, state="open", version=version, opened_us=1)


def _movement(number: int, transaction_id: str, player: str = "anna") -> Movement:
    return Movement(
        id=number, provider="studio", operation="bet", scope="", transaction_id=transaction_id,
        player=player, currency="EUR", amount=1, bet_ref="", round_id="", fingerprint="",
        result="{}", trace_id="", at_us=1,
    )  # fmt: skip


def _bet(player: str, state: str = "open") -> Bet:
    return Bet(
        provider="studio", scope="", bet_ref="b", player=player, currency="EUR", round_id="",
        state=state, real=1, locked=0, bonus=0, bonus_id=None, wagered=0, movement_id=1, at_us=1,
        ended_us=None,
    )  # fmt: skip


def _leg(place: int, amount: int) -> Leg:
    return Leg(
        movement_id=7, place=place, account_id=place, currency="EUR", amount=amount,
        balance_after=None, version=None,
    )  # fmt: skip


def _load(backend: LedgerBackend, wanted: Wanted, ids: int = 0) -> Books:
    with backend.transaction() as transaction:
        return transaction.load(wanted, ids)


def _write(backend: LedgerBackend, *rows: Row) -> None:
    with backend.transaction() as transaction:
        transaction.write(rows)


def _wanted(kind: type[Row], *key: object) -> Wanted:
    wanted = Wanted()
    wanted.add(kind, *key)
    return wanted


def _is_blocked(answer: Future[Any]) -> bool:
    with pytest.raises(TimeoutError):
        answer.exception(BLOCKED_S)
    return True


def _executed(url: str, statement: str) -> None:
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_a_bet_is_taken_and_answered_again(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    ledger = Ledger(ledger_backend)
    ledger.post_one(_gift("anna", "p1", "10"))
    bet = _call("anna", Action("bet", "t1", units("4", "EUR"), bet_ref="b1", round_id="r1"))

    first, second = ledger.post_one(bet), ledger.post_one(bet)

    assert first.results[0].status is Status.OK
    assert second.results[0].is_replay
    assert second.results[0].movement_id == first.results[0].movement_id
    assert second.balances[Fund.REAL] == units("6", "EUR")


def test_what_was_committed_is_there_for_whoever_opens_the_ledger_next(
    ledger_url: str, ledger_backend: LedgerBackend
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    asked = Asked(_gift("anna", "p1", "10"), lambda outcome: (200, b'{"id": "\xc3\xa9"}'), "hash")
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
    found = _load(ledger_backend, wanted)
    rows = [row for row in rows if found.get(type(row), *row.key) is None]
    try:
        _write(ledger_backend, *rows)
    except (RetryableError, BrokenLedgerError):
        return  # a number drawn before, or one the tables refuse

    books = _load(ledger_backend, wanted)

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
    _write(ledger_backend, _wallet("anna"), _bet("anna"))
    wanted = Wanted({"anna"})
    wanted.add(Bet, "studio", "", "b")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        transaction.write([_wallet("anna", 1), _bet("anna", "settled")])
        transaction.write([_wallet("anna", 2)])

    books = _load(ledger_backend, wanted)
    assert books.get(Wallet, "anna") == _wallet("anna", 2)
    assert books.get(Bet, "studio", "", "b") == _bet("anna", "settled")


def test_of_a_players_rows_those_in_state_active_are_found(ledger_backend: LedgerBackend) -> None:
    rows = [_bonus("anna", "b1", "active"), _bonus("anna", "b2", "expired")]
    _write(ledger_backend, _wallet("anna"), *rows, _bonus("ben", "b3", "active"))

    books = _load(ledger_backend, Wanted({"anna"}, of_players={Bonus}))

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

    books = _load(ledger_backend, Wanted({"anna"}, {("anna", "EUR"), (HOUSE, "SEK")}))

    assert set(books.balances("anna", "EUR")) == set(Fund)
    assert not books.balances("anna", "SEK")
    assert all(books.get(Account, HOUSE, "SEK", name) is not None for name in House)


def test_an_exception_undoes_what_was_written(ledger_backend: LedgerBackend) -> None:
    def fails() -> None:
        with ledger_backend.transaction() as transaction:
            transaction.load(Wanted({"anna"}), 1)
            transaction.write([_wallet("anna")])
            transaction.load(Wanted({"ben"}), 1)  # what was written so far reaches the database
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert _load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna") is None


def test_ids_rise_and_are_nobody_elses(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    def drawn(backend: LedgerBackend) -> list[int]:
        books = _load(backend, Wanted({"anna"}), 20)
        return [books.new_id() for _ in range(20)]

    backends = [ledger_backend, other_backend] * 20
    given = [answer.result(30) for answer in [threads.submit(drawn, b) for b in backends]]

    assert len({number for numbers in given for number in numbers}) == 40 * 20
    assert all(numbers == sorted(numbers) for numbers in given)


def test_ids_drawn_after_anothers_commit_are_higher(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend
) -> None:
    drawn = []
    for backend in (ledger_backend, other_backend) * 3:
        books = _load(backend, Wanted({"anna"}), 17)
        drawn += [books.new_id() for _ in range(17)]

    assert drawn == sorted(drawn)


def test_two_writers_of_one_player_follow_each_other(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    _write(ledger_backend, _wallet("anna"))

    def raised() -> int:
        with other_backend.transaction() as transaction:
            met = transaction.load(Wanted({"anna"}), 0).get(Wallet, "anna")
            assert met is not None
            transaction.write([_wallet("anna", met.version + 1)])
            return met.version

    with ledger_backend.transaction() as transaction:
        transaction.load(Wanted({"anna"}), 0)
        later = threads.submit(raised)
        assert _is_blocked(later)
        transaction.write([_wallet("anna", 10)])

    assert later.result(30) == 10
    found = _load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna")
    assert found == _wallet("anna", 11)


def test_what_came_while_a_lock_was_waited_for_is_seen(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    _write(ledger_backend, _wallet("anna"))
    wanted = Wanted({"anna"})
    wanted.add(Movement, "studio", "bet", "", "t1")

    def seen() -> Movement | None:
        return _load(other_backend, wanted).get(Movement, "studio", "bet", "", "t1")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        later = threads.submit(seen)
        assert _is_blocked(later)
        transaction.write([_movement(1, "t1")])

    assert later.result(30) == _movement(1, "t1")


@pytest.mark.parametrize("kind", [Bet, Tombstone], ids=lambda kind: kind.table)
def test_a_reference_two_players_use_is_the_firsts(
    ledger_backend: LedgerBackend,
    other_backend: LedgerBackend,
    threads: ThreadPoolExecutor,
    kind: type[Row],
) -> None:
    _write(ledger_backend, _wallet("anna"), _wallet("ben"))
    wanted = _wanted(Bet, "studio", "", "b")
    wanted.players.add("anna")
    of_ben = _wanted(kind, "studio", "", "b")
    of_ben.players.add("ben")
    of_ben.add(Bet, "studio", "", "b")

    def seen() -> Bet | None:
        return _load(other_backend, of_ben).get(Bet, "studio", "", "b")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        later = threads.submit(seen)
        assert _is_blocked(later)
        transaction.write([_bet("anna")])

    assert later.result(30) == _bet("anna")


def test_an_id_another_wrote_first_is_to_be_asked_again(ledger_backend: LedgerBackend) -> None:
    _write(ledger_backend, _movement(1, "t1"))

    with pytest.raises(RetryableError), ledger_backend.transaction() as transaction:
        transaction.write([_movement(2, "t0"), _movement(3, "t1")])

    books = _load(ledger_backend, _wanted(Movement, "studio", "bet", "", "t0"))
    assert books.get(Movement, "studio", "bet", "", "t0") is None


@pytest.mark.parametrize("table", ["movement", "leg", "tombstone", "answer"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_what_is_appended_cannot_be_changed(
    ledger_url: str, ledger_backend: LedgerBackend, table: str, change: str
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    gift = Asked(_gift("anna", "p1", "10"), lambda _: (200, b"{}"), "hash")
    rollback = Action("rollback", "t1", bet_ref="unknown")
    Ledger(ledger_backend).post([gift, Asked(_call("anna", rollback))])
    column = "amount" if table in ("movement", "leg") else "at_us"

    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        _executed(ledger_url, change.format(table, column, column))


def test_a_balance_below_zero_is_refused_by_the_table(ledger_backend: LedgerBackend) -> None:
    below = Account(id=1, player="anna", currency="EUR", fund="real", balance=-1, version=1)

    with pytest.raises(BrokenLedgerError, match="account_is_not_negative"):
        _write(ledger_backend, below)


def test_a_second_leg_of_one_version_is_refused_by_the_table(
    ledger_backend: LedgerBackend,
) -> None:
    legs = [
        Leg(
            movement_id=number, place=0, account_id=1, currency="EUR", amount=0, balance_after=1,
            version=1,
        )
        for number in (1, 2)
    ]  # fmt: skip
    _write(ledger_backend, legs[0])

    with pytest.raises(RetryableError):
        _write(ledger_backend, legs[1])


def test_legs_that_do_not_sum_to_zero_are_refused(ledger_backend: LedgerBackend) -> None:
    with pytest.raises(BrokenLedgerError, match="do not sum to zero"):
        _write(ledger_backend, _movement(7, "t1"), _leg(0, 5), _leg(1, -4))

    _write(ledger_backend, _movement(7, "t1"), _leg(0, 5), _leg(1, -5))
    assert _load(ledger_backend, _wanted(Leg, 7, 1)).get(Leg, 7, 1) == _leg(1, -5)


def test_threads_share_one_backend(
    ledger_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    ledger, together = Ledger(ledger_backend), threading.Barrier(8)

    def gifts(name: str) -> None:
        together.wait(30)
        for number in range(5):
            ledger.post_one(_gift("anna", f"{name} {number}", "1"))

    for answer in [threads.submit(gifts, str(n)) for n in range(8)]:
        answer.result(60)

    held = _load(ledger_backend, Wanted({"anna"}, {("anna", "EUR")}))
    assert held.balances("anna", "EUR")[Fund.REAL] == units("40", "EUR")


def test_a_wallet_is_blocked_and_opened_again(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    open_wallet(ledger_backend, "anna", "EUR", 2)

    for state in ("blocked", "blocked", "open"):
        set_state(ledger_backend, "anna", state)

    found = _load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna")
    assert found == Wallet(player="anna", state="open", version=2, opened_us=1)
