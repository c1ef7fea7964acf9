"""A bonus from grant to end: who gets what, what ends it; a cancelled bet completes none."""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.bonuses import codes
from core.bonuses.terms import DAY_US, BonusTerms, faults, known_terms
from core.discover import declarations
from core.errors import DeclarationError
from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.bonus_sweeping import (
    complete_bonuses,
    ended_bonuses,
    expire_bonuses,
    played_through,
)
from core.ledger.calls import Result, Status
from core.ledger.reading import reading
from core.ledger.rows import PLAYABLE, Account, Bet, Bonus, Leg
from core.ledger.sweeping import Swept
from core.ledger.wallets import set_state
from tests.core.ledger.desks import NOON_US, BooksBackend, Table

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
SLOTS = {"game_type": "slots"}


def _grant(table: Table, amount: object = 10, name: str = "u1", code: str = "cashback") -> Result:
    context = {"code": code}
    return table.result("bonus_granted", f"grant {name}", amount, bet_ref=name, context=context)  # type: ignore[arg-type]


def _end(table: Table, operation: str, name: str = "u1", **context: object) -> Result:
    tx = f"{operation} {name} {sorted(context.items())}"
    return table.result(operation, tx, 0, bet_ref=name, context=context)


def _seen(table: Table) -> int:
    return sum(table.row(Account, "anna", "EUR", fund).version for fund in PLAYABLE)


def _complete(table: Table) -> Result:
    return _end(table, "bonus_completed", seen_version=_seen(table))


def _sweep(table: Table, url: str, now_us: int = NOON_US) -> tuple[Swept, Swept]:
    with reading(url) as connection:
        through = list(played_through(connection))
    done = complete_bonuses(table.ledger, through, now_us)
    with reading(url) as connection:
        over = list(ended_bonuses(connection, now_us))
    return done, expire_bonuses(table.ledger, over, now_us)


def _no_fault(url: str) -> None:
    with reading(url) as connection:
        assert audit(connection) == []


def test_a_grant_copies_the_terms_of_its_code() -> None:
    table = Table(BooksBackend()).fund(real=1)
    assert _grant(table, 20, code="welcome").moved == {"bonus": 20_000_000}
    bonus = table.row(Bonus, "anna", "u1")
    assert (bonus.wagering_required, bonus.release_most) == (700_000_000, 200_000_000)
    assert bonus.expires_us == NOON_US + 30 * DAY_US
    assert (bonus.state, bonus.wagered, bonus.code) == ("active", 0, "welcome")


@pytest.mark.parametrize(
    ("amount", "code"), [(0, "welcome"), ("100.01", "welcome"), (10, "no such code")]
)
def test_a_grant_outside_its_terms_is_refused(amount: object, code: str) -> None:
    table = Table(BooksBackend()).fund(real=1)
    assert _grant(table, amount, code=code).status == Status.REFUSED
    assert table.held() == (1, 0, 0)


def test_a_second_bonus_waits_until_the_first_has_ended_but_not_in_another_currency() -> None:
    table = Table(BooksBackend()).fund(real=1)
    _grant(table)
    assert _grant(table, name="u2").status == Status.STATE
    assert _grant(table.seat("anna", "SEK").fund(real=1), name="u3").status == Status.OK
    assert _end(table, "bonus_forfeited").status == Status.OK
    assert _grant(table, name="u2").status == Status.OK


def test_a_blocked_player_is_granted_nothing_but_keeps_what_he_has_won() -> None:
    table = Table(BooksBackend()).fund(real=1)
    set_state(table.backend, "anna", "blocked")
    assert _grant(table).status == Status.RULE


def test_a_bonus_played_through_becomes_real_money(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=5)
    _grant(table)
    table.bet("b1", 9)  # 5 real, 4 bonus
    table.win("w1", "b1", 9)
    assert table.held() == (5, 4, 6)
    assert _sweep(table, ledger_url) == (Swept(0, 0), Swept(0, 0))  # 9 of 10 wagered
    table.bet("b2", 1)
    table.win("w2", "b2", 0)

    assert _sweep(table, ledger_url) == (Swept(1, 0), Swept(0, 0))

    assert table.held() == (14, 0, 0)
    assert table.row(Bonus, "anna", "u1").state == "completed"
    assert _sweep(table, ledger_url) == (Swept(0, 0), Swept(0, 0))
    _no_fault(ledger_url)


def test_bets_whose_wins_name_none_are_over_with_their_round(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=10)
    _grant(table)
    table.bet("b1", 6, round_id="r")
    table.bet("b2", 4, round_id="r")
    table.win("w", "", 5, round_id="r")
    assert _sweep(table, ledger_url) == (Swept(0, 0), Swept(0, 0))  # more may come in the round

    table.result("round_close", "r", 0, round_id="r")

    assert _sweep(table, ledger_url) == (Swept(1, 0), Swept(0, 0))
    assert table.held() == (15, 0, 0)
    _no_fault(ledger_url)


def test_no_more_becomes_real_than_the_terms_release() -> None:
    table = Table(BooksBackend()).fund(real=0)
    _grant(table, 1, code="welcome")
    table.bet("b1", 1, context=SLOTS)
    table.win("w1", "b1", 40)
    table.bet("b2", 34, context=SLOTS)
    table.win("w2", "b2", 34)
    assert table.held() == (0, 40, 0)

    assert _complete(table).moved == {"real": 10_000_000, "bonus_win_locked": -40_000_000}


def test_an_open_bet_keeps_a_bonus_from_completing_and_its_cancel_takes_the_wagering_back(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=20)
    _grant(table)
    table.bet("b1", 15)
    assert _sweep(table, ledger_url) == (Swept(0, 0), Swept(0, 0))
    assert table.rollback("r1", "b1") == Status.OK
    assert _sweep(table, ledger_url) == (Swept(0, 0), Swept(0, 0))
    assert (table.held(), table.row(Bonus, "anna", "u1").wagered) == ((20, 0, 10), 0)
    _no_fault(ledger_url)


def test_a_stake_between_the_sweepers_look_and_its_call_stops_it(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=20)
    _grant(table)
    table.bet("b1", 10)
    table.win("w1", "b1", 0)
    with reading(ledger_url) as connection:
        found = list(played_through(connection))
    table.bet("b2", 1)
    assert complete_bonuses(table.ledger, found, NOON_US) == Swept(0, 1)
    table.win("w2", "b2", 0)
    assert _sweep(table, ledger_url) == (Swept(1, 0), Swept(0, 0))


def test_what_was_not_wagered_in_time_expires_and_what_was_is_completed(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=20)
    bela = table.seat("bela").fund(real=20)
    _grant(table)
    _grant(bela, name="u2")
    bela.bet("b1", 10)
    over = NOON_US + 7 * DAY_US
    assert _sweep(table, ledger_url, over - 1) == (Swept(0, 0), Swept(0, 0))

    late = replace(table, at_us=over)
    assert _end(table, "bonus_expired").status == Status.STATE
    assert _sweep(late, ledger_url, over) == (Swept(0, 0), Swept(1, 0))
    assert table.held() == (20, 0, 0)
    named = replace(bela, at_us=over)
    assert _end(named, "bonus_expired", "u2").status == Status.STATE  # though it is over
    bela.win("w1", "b1", 5)
    assert _sweep(late, ledger_url, over) == (Swept(1, 0), Swept(0, 0))
    assert bela.held() == (25, 0, 0)
    _no_fault(ledger_url)


@pytest.mark.parametrize(
    ("code", "held", "state"),
    [("welcome", (4, 0, 0), "forfeited"), ("cashback", (4, 0, 10), "active")],
)
def test_a_payout_ends_a_bonus_whose_terms_say_so(
    ledger_backend: LedgerBackend,
    ledger_url: str,
    code: str,
    held: tuple[float, ...],
    state: str,
) -> None:
    table = Table(ledger_backend).fund(real=10)
    _grant(table, code=code)
    result = table.result("withdrawal_requested", "t1", 6, bet_ref="p1")
    assert result.status == Status.OK
    assert (table.held(), table.row(Bonus, "anna", "u1").state) == (held, state)
    _no_fault(ledger_url)


def test_a_forfeited_bonus_goes_to_the_house_and_real_money_stays() -> None:
    table = Table(BooksBackend()).fund(real=3)
    _grant(table)
    assert _end(table, "bonus_forfeited", reason="nobody").status == Status.REFUSED
    assert _end(table, "bonus_forfeited", reason="operator").moved == {"bonus": -10_000_000}
    assert table.held() == (3, 0, 0)
    for operation in ("bonus_forfeited", "bonus_expired", "bonus_completed"):
        assert _end(table, operation).status == Status.STATE


def test_every_declared_code_holds_together() -> None:
    assert set(known_terms()) == {terms.code for terms in declarations(codes, BonusTerms)}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"most": {}}, "currency"), ({"most": {"EUR": "0"}}, "above 0"),
        ({"most": {"EUR": "x"}}, "decimal"), ({"multiplier": 0}, "multiplier"),
        ({"days": 0}, "days"), ({"contributions": {"slots": 100}}, "rest"),
        ({"contributions": {"*": 101}}, "100 per cent"), ({"contributions": {"*": 0}}, "nobody"),
        ({"release_multiple": 0}, "releases less"), ({"code": ""}, "code"),
    ],
)  # fmt: skip
def test_the_linter_finds_terms_that_do_not_hold_together(
    wrong: dict[str, object], word: str
) -> None:
    good = known_terms()["welcome"]
    assert list(faults(good)) == []
    assert any(word in fault for fault in faults(replace(good, **wrong)))  # type: ignore[arg-type]


def test_a_faulty_code_is_refused_when_terms_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.bonuses.codes import welcome

    known_terms.cache_clear()
    monkeypatch.setattr(welcome, "WELCOME", replace(welcome.WELCOME, days=0))
    with pytest.raises(DeclarationError, match="days"):
        known_terms()
    monkeypatch.undo()
    known_terms.cache_clear()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["grant", "bet", "bet", "win", "rollback", "complete", "forfeit", "withdraw"]
            ),
            st.integers(1, 4),
            st.integers(1, 12),
        ),
        max_size=30,
    )
)
def test_whatever_happens_bonus_money_has_its_bonus_and_no_cancelled_bet_completed_it(
    steps: list[tuple[str, int, int]],
) -> None:
    table = Table(BooksBackend()).fund(real=20)
    for place, (what, number, amount) in enumerate(steps):
        _do(table, what, f"t{place}", f"b{number}", amount)
        rows = list(table.backend.rows.values())  # type: ignore[attr-defined]
        for bonus in (row for row in rows if isinstance(row, Bonus)):
            bets = [row for row in rows if isinstance(row, Bet) and row.bonus_id == bonus.bonus_id]
            standing = sum(bet.wagered for bet in bets if bet.state != "cancelled")
            assert bonus.state != "active" or bonus.wagered == standing
            assert bonus.state != "completed" or standing >= bonus.wagering_required
        if not any(isinstance(row, Bonus) and row.state == "active" for row in rows):
            assert table.held()[1:] == (0, 0)
        assert min(table.held()) >= 0
        assert sum(row.amount for row in rows if isinstance(row, Leg)) == 0


def _do(table: Table, what: str, tx: str, ref: str, amount: int) -> None:
    rows = list(table.backend.rows.values())  # type: ignore[attr-defined]
    active = next((r.bonus_id for r in rows if isinstance(r, Bonus) and r.state == "active"), "")
    match what:
        case "grant":
            _grant(table, amount, name=tx)
        case "bet":
            table.bet(ref, amount)
        case "win":
            table.win(tx, ref, amount)
        case "rollback":
            table.rollback(tx, ref)
        case "withdraw":
            table.result("withdrawal_requested", tx, amount, bet_ref=tx)
        case "forfeit":
            _end(table, "bonus_forfeited", active)
        case "complete" if not any(isinstance(r, Bet) and r.state == "open" for r in rows):
            _end(table, "bonus_completed", active, seen_version=_seen(table))


def test_money_does_not_leave_a_bonus_by_another_currency() -> None:
    table = Table(BooksBackend()).fund(real=50)
    table.seat("anna", "SEK").fund(real=1)
    _grant(table, code="welcome")
    assert table.result("exchange", "e", 50, bet_ref="SEK@10").status == Status.STATE
    assert table.held() == (50, 0, 10)

    _end(table, "bonus_forfeited")
    assert table.result("exchange", "e", 50, bet_ref="SEK@10").status == Status.OK


def test_money_of_a_bonus_that_lets_payouts_be_is_exchanged() -> None:
    table = Table(BooksBackend()).fund(real=50)
    table.seat("anna", "SEK").fund(real=1)
    _grant(table, code="cashback")
    assert table.result("exchange", "e", 50, bet_ref="SEK@10").status == Status.OK
