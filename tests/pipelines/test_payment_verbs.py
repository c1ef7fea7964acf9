"""`evenhand wallet deposit`, `withdraw`, `settle`: what they print and how they end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.clock import FixedClock
from core.errors import NotReadyError
from core.ledger.audit import audit
from core.ledger.reading import reading
from core.payments.provider import Kind
from pipelines.cli import app
from pipelines.payment_verbs import Asked, pay, settle
from tests.core.ledger.desks import new_ledger_file

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty ledger, and a home of its own."""
    url = f"sqlite:///{new_ledger_file(tmp_path / 'ledger.sqlite')}"
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path))
    monkeypatch.setenv("EVENHAND_LEDGER", url)
    monkeypatch.setenv("COLUMNS", "200")
    assert _run("open", "p1", "EUR").exit_code == 0
    return url


WIDE = {"COLUMNS": "200", "TERM": "xterm", "FORCE_COLOR": None, "TTY_COMPATIBLE": None}
"""However the tests were started, and whatever ran before, lines are not broken at 80."""


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["wallet", *words], env=WIDE)


def test_a_deposit_and_a_withdrawal_print_their_steps(url: str) -> None:
    paid_in = _run("deposit", "p1", "20", "EUR")
    assert paid_in.exit_code == 0
    for word in ("requested: ok", "approved 20.000000 EUR: ok; real +20.000000", "20.000000 EUR"):
        assert word in paid_in.output

    paid_out = _run("withdraw", "p1", "5", "EUR", "--id", "w1")
    for word in ("withdrawal w1", "requested: ok", "approved: ok", "paid", "15.000000 EUR"):
        assert word in paid_out.output
    with reading(url) as connection:
        assert audit(connection) == []


def test_a_payment_that_is_not_taken_ends_with_one(url: str) -> None:
    assert _run("withdraw", "p1", "5", "EUR").exit_code == 1
    assert _run("deposit", "p1", "0", "EUR").exit_code == 1
    declined = _run("deposit", "p1", "5", "EUR", "--instrument", "sandbox-decline")
    assert "declined (insufficient_funds)" in declined.output


def test_what_was_late_lost_or_charged_back_is_settled(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, name in enumerate(("delay", "lost", "charge-back")):
        asked = Asked(
            player="p1", amount="10", currency="EUR", payment_id=f"d{place}",
            instrument=f"sandbox-{name}",
        )  # fmt: skip
        assert pay(url, asked, Kind.DEPOSIT, FixedClock(NOON))
    capsys.readouterr()

    assert settle(url, 7, FixedClock(NOON + timedelta(minutes=1)))
    said = capsys.readouterr().out
    assert "deposit d1 approved" in said
    assert "1 wait for the provider" in said

    assert settle(url, 7, FixedClock(NOON + timedelta(days=1)))
    said = capsys.readouterr().out
    assert "deposit d0 approved" in said
    assert "deposit d2 charged_back (fraud)" in said
    with reading(url) as connection:
        assert audit(connection) == []


def test_free_spins_are_given_once_and_to_one_player(url: str) -> None:
    assert _run("open", "p2", "EUR").exit_code == 0
    for _ in range(2):
        assert _run("issue", "p1", "games", "i-1").exit_code == 0
    taken = _run("issue", "p2", "games", "i-1")
    assert isinstance(taken.exception, NotReadyError)
    assert "given to p1" in str(taken.exception)


def test_payments_say_what_they_are_for(url: str) -> None:
    assert "Pay in through the sandbox" in _run("deposit", "--help").output
    assert "Pay out through the sandbox" in _run("withdraw", "--help").output
