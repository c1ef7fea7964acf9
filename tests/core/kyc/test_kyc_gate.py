"""From a document to a stake: what the vault knows, the pack's gates follow."""

from datetime import date

import msgspec
import pytest

from core.compliance.desk import ComplianceDesk
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.opening import keep_packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.standing import Standing
from core.errors import EvenhandError
from core.kyc.due import due, expire
from core.kyc.gate import tell_desk
from core.kyc.vault import Vault
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Action, Call, Status
from core.ledger.guard import WALLET_IS_OPEN
from core.ledger.ledger import Ledger
from core.ledger.units import units
from core.ledger.wallets import open_wallet
from tests.core.kyc.vault_world import NOW, at, by, check, passport

JUDGES = {"GB": Judge(packs()["GB"])}


@pytest.fixture
def desk(ledger_backend: LedgerBackend) -> ComplianceDesk:
    open_wallet(ledger_backend, "p1", "GBP", 0)
    desk = ComplianceDesk(ledger_backend, JUDGES)
    keep_packs(ledger_backend, JUDGES)
    registers = quiet_registers(packs()["GB"], frozenset())
    desk.enrol(
        Standing(
            player="p1", jurisdiction="GB", currency="GBP", pseudonym="f00d", registers=registers
        )
    )
    return desk


def asked(desk: ComplianceDesk, kind: str, name: str, at_us: int) -> tuple[Status, str]:
    context = {"game_type": "table"} if kind == "bet" else {}
    action = Action(
        kind, name, units("1", "GBP"), bet_ref=name, round_id=name if kind == "bet" else "",
        context=context,
    )  # fmt: skip
    ledger = Ledger(desk.backend, (WALLET_IS_OPEN, PackGuard(JUDGES)))
    outcome = ledger.post_one(Call("studio", "p1", "GBP", (action,), at_us))
    return outcome.results[0].status, outcome.finding or ""


def test_a_stake_waits_for_the_check_and_stops_when_its_document_runs_out(
    vault: Vault, desk: ComplianceDesk
) -> None:
    assert asked(desk, "bet", "b1", NOW)[1].startswith("GB-")

    record = vault.put(passport(), by())
    vault.put(check(record), by())
    assert tell_desk(vault, desk, by()) == 1
    assert asked(desk, "deposit_requested", "d1", NOW)[0] is Status.OK
    assert asked(desk, "deposit_approved", "d1", NOW)[0] is Status.OK
    assert asked(desk, "bet", "b2", NOW)[0] is Status.OK
    standing = desk.standing("p1")
    assert standing is not None
    assert (standing.verified, standing.born_on) == ("full", "1990-01-01")

    last_day = at("2027-03-31 22:59")  # in London it is 23:59
    assert expire(vault, packs(), last_day) == 0
    next_day = at("2027-03-31 23:00")
    assert expire(vault, packs(), next_day) == 1
    assert expire(vault, packs(), next_day) == 0
    assert tell_desk(vault, desk, by(at_us=next_day)) == 1

    status, finding = asked(desk, "bet", "b3", next_day)
    assert status is Status.RULE
    assert finding.startswith("GB-KYC-1")
    assert asked(desk, "deposit_requested", "d2", next_day)[1].startswith("GB-KYC-1")
    assert asked(desk, "withdrawal_requested", "w1", next_day)[0] is not Status.RULE

    fresh = vault.put(passport(expires_on=date(2037, 1, 1)), by(at_us=next_day))
    vault.put(check(fresh, at_us=next_day), by(at_us=next_day))
    tell_desk(vault, desk, by(at_us=next_day))
    assert asked(desk, "deposit_requested", "d3", next_day)[0] is Status.OK


def test_a_failed_check_takes_the_level_away(vault: Vault, desk: ComplianceDesk) -> None:
    vault.put(check(), by())
    vault.put(check(result="failed", at_us=NOW + 1), by(at_us=NOW + 1))

    assert tell_desk(vault, desk, by()) == 2

    standing = desk.standing("p1")
    assert standing is not None
    assert standing.verified == ""


def test_words_are_told_once_in_order_whatever_stopped_the_telling(
    vault: Vault, desk: ComplianceDesk
) -> None:
    for n, level in enumerate(("age", "basic", "full")):
        vault.put(check(level=level, at_us=NOW + n), by(at_us=NOW + n))
    told = []

    class Stopping:
        def ask(self, player: str, request: object, trace_id: str = "") -> object:
            told.append(request)
            answer = desk.ask(player, request, trace_id)  # type: ignore[arg-type]
            if len(told) == 2:
                raise RuntimeError  # the desk took it, and nobody heard
            return answer

    with pytest.raises(RuntimeError):
        tell_desk(vault, Stopping(), by())
    tell_desk(vault, Stopping(), by())

    assert [one.level for one in told] == ["age", "basic", "basic", "full"]  # type: ignore[attr-defined]
    assert told[1] == told[2]
    assert tell_desk(vault, desk, by()) == 0


def test_a_player_the_rules_do_not_know_stays_to_be_told(
    vault: Vault, desk: ComplianceDesk
) -> None:
    vault.put(check(player="nobody"), by())

    with pytest.raises(EvenhandError):
        tell_desk(vault, desk, by())
    with pytest.raises(EvenhandError):
        tell_desk(vault, desk, by())


def test_what_runs_out_is_listed_and_what_was_replaced_is_not_needed(vault: Vault) -> None:
    old = vault.put(passport(expires_on=date(2026, 11, 20)), by())
    vault.put(check(old), by())
    assert [(one.days, one.is_needed) for one in due(vault, packs(), NOW, 30)] == [(10, True)]

    vault.put(check(vault.put(passport(), by())), by())

    assert [(one.days, one.is_needed) for one in due(vault, packs(), NOW, 30)] == [(10, False)]
    assert due(vault, packs(), NOW, 9) == []
    assert b"X1234567" not in msgspec.json.encode(due(vault, packs(), NOW, 30))
