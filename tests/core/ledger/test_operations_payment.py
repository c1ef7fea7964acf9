"""Deposits and withdrawals: golden lives, every step out of order, doubles, charge-backs."""

import os
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Policy, Result, Status
from core.ledger.reading import reading
from core.ledger.rows import Account, Fund, Payment
from core.ledger.snapshots import snapshot
from core.ledger.units import units
from core.ledger.wallets import set_state
from tests.core.ledger.desks import BooksBackend, Table

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
NEXT = {
    "deposit": {
        "requested": {"approved", "declined", "cancelled"},
        "approved": {"charged_back"},
        "declined": set(), "cancelled": set(), "charged_back": set(),
    },
    "withdrawal": {
        "requested": {"approved", "declined", "cancelled"},
        "approved": {"paid", "declined"},
        "declined": set(), "cancelled": set(), "paid": set(),
    },
}  # fmt: skip
WAY = {
    "requested": (), "approved": ("approved",), "declined": ("declined",),
    "cancelled": ("cancelled",), "charged_back": ("approved", "charged_back"),
    "paid": ("approved", "paid"),
}  # fmt: skip
STEPS = [(kind, step) for kind, states in NEXT.items() for step in states]


def _table(backend: LedgerBackend | None = None) -> Table:
    return Table(backend or BooksBackend(), provider="bank").fund(real=100)


def _step(
    table: Table, kind: str, step: str, amount: object = None, *, name: str = "p1", tx: str = ""
) -> Result:
    asked = amount if amount is not None else 40
    return table.result(f"{kind}_{step}", tx or f"{name} {step}", asked, bet_ref=name)  # type: ignore[arg-type]


def _held(table: Table) -> tuple[float, float]:
    """What stands in real money and what waits to be paid out."""
    found = (table.row(Account, "anna", "EUR", fund).balance for fund in (Fund.REAL, Fund.PENDING))
    real, pending = (balance / 1_000_000 for balance in found)
    return real, pending


@pytest.mark.parametrize(
    ("kind", "steps", "held"),
    [
        ("deposit", ("requested",), [(100, 0)]),
        ("deposit", ("requested", "approved"), [(100, 0), (140, 0)]),
        ("deposit", ("requested", "declined"), [(100, 0), (100, 0)]),
        ("deposit", ("requested", "cancelled"), [(100, 0), (100, 0)]),
        ("deposit", ("requested", "approved", "charged_back"), [(100, 0), (140, 0), (100, 0)]),
        ("withdrawal", ("requested", "approved", "paid"), [(60, 40), (60, 40), (60, 0)]),
        ("withdrawal", ("requested", "declined"), [(60, 40), (100, 0)]),
        ("withdrawal", ("requested", "cancelled"), [(60, 40), (100, 0)]),
        ("withdrawal", ("requested", "approved", "declined"), [(60, 40), (60, 40), (100, 0)]),
    ],
)
def test_a_payment_moves_what_each_step_says(
    ledger_backend: LedgerBackend,
    ledger_url: str,
    kind: str,
    steps: tuple[str, ...],
    held: list[tuple[float, float]],
) -> None:
    table = _table(ledger_backend)
    for step, after in zip(steps, held, strict=True):
        assert _step(table, kind, step).status == Status.OK
        assert _held(table) == after
        assert table.row(Payment, "anna", "p1").state == step
    with reading(ledger_url) as connection:
        assert audit(connection) == []


@pytest.mark.parametrize(
    ("kind", "step", "state"), [(kind, step, state) for kind, step in STEPS for state in NEXT[kind]]
)
def test_a_step_leads_on_only_from_where_it_may(kind: str, step: str, state: str) -> None:
    table = _table()
    for done in ("requested", *WAY[state]):
        assert _step(table, kind, done).status == Status.OK
    before = (_held(table), table.row(Payment, "anna", "p1"))

    met = _step(table, kind, step, tx="another step").status

    if step in NEXT[kind][state]:
        assert met == Status.OK
    else:
        assert met == Status.STATE
        assert (_held(table), table.row(Payment, "anna", "p1")) == before


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_a_step_of_a_payment_nobody_asked_for_moves_nothing(kind: str, step: str) -> None:
    table = _table()
    if step != "requested":
        assert _step(table, kind, step).status == Status.STATE
    other = "withdrawal" if kind == "deposit" else "deposit"
    _step(table, other, "requested")
    assert _step(table, kind, step, tx="crossed").status == Status.STATE


@pytest.mark.parametrize(
    ("amount", "status", "real"),
    [("40.01", "refused", 100), ("39.99", "refused", 100), (0, "refused", 100), (40, "ok", 140)],
)
def test_a_deposit_is_approved_as_asked_for(amount: object, status: str, real: int) -> None:
    table = _table()
    _step(table, "deposit", "requested")
    assert _step(table, "deposit", "approved", amount).status == status
    assert _held(table) == (real, 0)


def test_a_deposit_is_approved_for_less_where_the_provider_says_so_but_never_for_more() -> None:
    table = replace(_table(), policy=Policy(approves_less=True))
    _step(table, "deposit", "requested")
    assert _step(table, "deposit", "approved", "40.01", tx="t1").status == Status.REFUSED
    assert _step(table, "deposit", "approved", 25, tx="t2").status == Status.OK
    assert _held(table) == (125, 0)
    assert _step(table, "deposit", "charged_back", 26, tx="t3").status == Status.REFUSED
    assert _step(table, "deposit", "charged_back", 25, tx="t4").status == Status.OK


def test_a_payment_has_no_parts_of_a_cent() -> None:
    table = _table()
    for kind in NEXT:
        assert _step(table, kind, "requested", "0.005").status == Status.REFUSED
        assert _step(table, kind, "requested", 0).status == Status.REFUSED


def test_a_withdrawal_is_all_or_nothing_and_never_of_money_that_is_not_there() -> None:
    table = _table()
    assert _step(table, "withdrawal", "requested", 101).status == Status.INSUFFICIENT_FUNDS
    assert _step(table, "withdrawal", "requested").status == Status.OK
    assert _step(table, "withdrawal", "approved", 39, tx="t").status == Status.REFUSED
    assert _step(table, "withdrawal", "approved", 0).status == Status.OK


def test_a_charge_back_takes_what_is_there_and_says_what_the_house_lost(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = _table(ledger_backend)
    _step(table, "deposit", "requested")
    _step(table, "deposit", "approved")
    assert table.bet("b1", 115) == Status.OK

    result = _step(table, "deposit", "charged_back")

    assert (result.moved, result.detail) == (
        {"real": -units(25, "EUR")}, "the house lost 15.000000 EUR",
    )  # fmt: skip
    assert _held(table) == (0, 0)
    with reading(ledger_url) as connection:
        assert audit(connection) == []
        house = {held.fund: held.balance for held in snapshot(connection, 2**62)}
    assert (house["loss"], house["payment"]) == (-units(15, "EUR"), 0)


def test_a_blocked_wallet_pays_out_and_takes_what_was_under_way_but_no_new_deposit() -> None:
    table = _table()
    _step(table, "deposit", "requested", name="early")
    set_state(table.backend, "anna", "blocked")

    assert _step(table, "deposit", "requested", name="late").status == Status.RULE
    assert _step(table, "deposit", "approved", name="early").status == Status.OK
    for step in ("requested", "approved", "paid"):
        assert _step(table, "withdrawal", step, name="out").status == Status.OK


def test_a_payment_belongs_to_its_player_its_currency_and_its_vendor() -> None:
    table = _table()
    _step(table, "deposit", "requested")
    crowns = table.seat("anna", "SEK").fund(real=1)
    assert _step(crowns, "deposit", "approved").status == Status.OTHER_PLAYERS
    elsewhere = replace(table, provider="other bank")
    assert _step(elsewhere, "deposit", "approved").status == Status.OTHER_PLAYERS
    bela = table.seat("bela").fund(real=1)
    assert _step(bela, "deposit", "approved", tx="t").status == Status.STATE


@dataclass
class Plain:
    """What payments come to, said once more with numbers in whole euro."""

    real: int = 100
    pending: int = 0
    payments: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def may(self, kind: str, step: str, name: str, amount: int) -> bool:
        held_kind, state, asked = self.payments.get(name, ("", "", 0))
        if step == "requested":
            return not state and (kind == "deposit" or amount <= self.real)
        leads_on = held_kind == kind and step in NEXT[kind][state]
        return leads_on and (amount <= asked if step == "charged_back" else amount == asked)

    def do(self, kind: str, step: str, name: str, amount: int) -> None:
        self.payments[name] = (kind, step, amount)
        match kind, step:
            case "deposit", "approved":
                self.real += amount
            case "deposit", "charged_back":
                self.real -= min(self.real, amount)
            case "withdrawal", "requested":
                self.real, self.pending = self.real - amount, self.pending + amount
            case "withdrawal", "paid":
                self.pending -= amount
            case "withdrawal", "declined" | "cancelled":
                self.real, self.pending = self.real + amount, self.pending - amount


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*STEPS, ("deposit", "requested"), ("withdrawal", "requested")]),
            st.sampled_from(["p1", "p2"]),
            st.sampled_from([5, 40, 60]),
            st.sampled_from(["once", "again"]),
        ),
        max_size=25,
    )
)
def test_steps_in_any_order_and_doubled_move_what_a_plain_reading_says(
    steps: list[tuple[tuple[str, str], str, int, str]],
) -> None:
    table, plain = _table(), Plain()
    answered: dict[tuple[str, str], Result] = {}
    for (kind, step), name, amount, turn in steps:
        tx = f"{name} {amount} {turn}"
        may = plain.may(kind, step, name, amount)
        result = _step(table, kind, step, amount, name=name, tx=tx)
        if (earlier := answered.get((f"{kind} {step}", tx))) is not None:
            assert result.is_replay
            assert (result.moved, result.after) == (earlier.moved, earlier.after)
        else:
            assert (result.status == Status.OK) == may, (kind, step, name, amount, result)
            if may:
                answered[f"{kind} {step}", tx] = result
                plain.do(kind, step, name, amount)
        assert _held(table) == (plain.real, plain.pending)
