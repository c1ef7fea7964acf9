"""Registers in the way of real requests: asked before, told after, on real ledgers; none lost."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import yaml
from sqlalchemy import create_engine, select

from core.audit.tables import ENTRY
from core.compliance.desk import ComplianceDesk
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.requests.account import Login, Logout, PlayAsked
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import Deposit
from core.compliance.standing import Standing
from core.kyc.contents import Person
from core.kyc.keys import add_key
from core.kyc.telling import By
from core.kyc.vault import Put, vault_in
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Action, Call, Outcome, Status
from core.ledger.guard import WALLET_IS_OPEN
from core.ledger.ledger import Ledger
from core.ledger.reading import reading
from core.ledger.units import units
from core.ledger.wallets import open_wallet, set_state
from core.registers.asking import Registrar
from core.registers.blocking import BlockingDesk
from core.registers.configuration import open_client, sandbox_registers
from core.registers.declaration import known_registers
from core.registers.desk import RegisterDesk
from core.registers.opening import registers_in
from core.registers.telling import RegisterTeller
from core.residency import Region
from tests.core.ledger.conftest import (  # noqa: F401 - fixtures
    ledger_backend,
    ledger_template,
    ledger_url,
    postgres_ledger_url,
)
from tests.core.registers.conftest import Sandbox

DE = packs()["DE"]
NOON = DE.zone.instant(datetime.fromisoformat("2026-11-10 12:00"))
HOUR = 3_600_000_000


@pytest.fixture
def registers(sandbox: Sandbox) -> Iterator[BlockingDesk]:
    client = open_client()
    desk = RegisterDesk(
        sandbox_registers(sandbox.url, client), sandbox.people.get, lambda: f"q-{uuid.uuid4()}"
    )
    with closing(BlockingDesk(desk, client.aclose)) as blocking:
        yield blocking


class House:
    """One player of Germany before registrar, ledger and teller."""

    def __init__(
        self, url: str, backend: LedgerBackend, registers: BlockingDesk, player: str
    ) -> None:
        judges = {"DE": Judge(DE)}
        self.url, self.player, self.backend = url, player, backend
        self.desk = ComplianceDesk(backend, judges)
        self.registrar = Registrar(self.desk, registers)
        self.teller = RegisterTeller(url, backend, packs(), registers)
        self.ledger = Ledger(backend, (WALLET_IS_OPEN, PackGuard(judges)))
        open_wallet(backend, player, "EUR", 0)
        self.desk.enrol(
            Standing(
                player=player, jurisdiction="DE", currency="EUR", pseudonym=player,
                born_on="1990-05-01", verified="full",
            )
        )  # fmt: skip

    def deposit(self, name: str, amount: str, at_us: int = NOON) -> Outcome:
        wish = Deposit(at_us=at_us, payment_id=name, amount=units(amount, "EUR"), currency="EUR")
        self.registrar.prepare(self.player, wish)
        return self.step("deposit_requested", name, amount, at_us)

    def step(self, operation: str, name: str, amount: str, at_us: int) -> Outcome:
        action = Action(operation, name, units(amount, "EUR"), bet_ref=name, scope=self.player)
        return self.ledger.post_one(Call("studio", self.player, "EUR", (action,), at_us))


@pytest.fixture
def house(
    ledger_url: str,  # noqa: F811 - fixtures
    ledger_backend: LedgerBackend,  # noqa: F811
    registers: BlockingDesk,
    sandbox: Sandbox,
    player: str,
) -> House:
    sandbox.person(player)
    sends = known_registers()["lugas_limit"].sends
    sandbox.put("lugas_limit", player, sends, limits={"month": "1000.00"})
    return House(ledger_url, ledger_backend, registers, player)


def _held(sandbox: Sandbox) -> set[str]:
    return set(sandbox.admin("GET", "lugas_limit")["deposits"])


def test_a_deposit_is_refused_unasked_and_taken_once_the_registers_were_asked(
    house: House, sandbox: Sandbox
) -> None:
    name = f"d-{house.player}"
    unasked = house.step("deposit_requested", f"{name}-0", "10.00", NOON)
    asked = house.deposit(name, "400.00")
    too_much = house.deposit(f"{name}-2", "600.01")

    assert [one.results[0].status for one in (unasked, asked, too_much)] == [
        Status.RULE, Status.OK, Status.RULE
    ]  # fmt: skip
    assert name in _held(sandbox)


def test_what_becomes_of_a_deposit_is_told_to_the_file_once_and_in_order(
    house: House, sandbox: Sandbox
) -> None:
    failed, settled = f"f-{house.player}", f"s-{house.player}"
    for name, step in ((failed, "deposit_declined"), (settled, "deposit_approved")):
        assert house.deposit(name, "400.00").results[0].status is Status.OK
        house.step(step, name, "400.00", NOON + 1)
    before = sandbox.admin("GET", "lugas_limit")["counts"]

    first, second = house.teller.turn(), house.teller.turn()

    after = sandbox.admin("GET", "lugas_limit")["counts"]
    told = {kind: after[kind] - before.get(kind, 0) for kind in ("confirmed", "rolled_back")}
    assert (first.told, first.waiting, second.told) == (2, 0, 0)
    assert told == {"confirmed": 1, "rolled_back": 1}
    assert failed not in _held(sandbox)
    assert settled in _held(sandbox)


def test_a_deposit_another_guard_refuses_moves_nothing_at_the_desk(house: House) -> None:
    set_state(house.backend, house.player, "blocked")

    refused = house.deposit(f"d-{house.player}", "10.00")

    standing = house.desk.standing(house.player)
    assert refused.results[0].status is Status.RULE
    assert standing is not None
    assert not standing.payments


def test_while_a_register_is_down_messages_wait_and_nobody_pays_in(
    house: House, sandbox: Sandbox
) -> None:
    name = f"d-{house.player}"
    house.deposit(name, "10.00")
    house.step("deposit_declined", name, "10.00", NOON + 1)
    sandbox.mood("lugas_limit", "down")

    refused = house.deposit(f"{name}-2", "10.00", NOON + HOUR)
    waiting = house.teller.turn()
    sandbox.mood("lugas_limit", "well")
    told = house.teller.turn()

    assert refused.results[0].status is Status.RULE
    assert "LUGAS" in refused.results[0].detail
    assert (waiting.told, told.waiting) == (0, 0)
    assert told.told == waiting.waiting == 2  # the declined one, and the room the refused one held
    assert not {name, f"{name}-2"} & _held(sandbox)


def test_whom_the_register_lists_is_not_let_in_and_the_log_has_the_answer_before_it(
    house: House, sandbox: Sandbox
) -> None:
    sandbox.put("oasis", house.player, known_registers()["oasis"].sends, listed=True)
    play = PlayAsked(at_us=NOON, request_id="play-1", game_type="slot")

    reply = house.registrar.ask(house.player, play)
    again = house.registrar.ask(house.player, play)

    assert reply.decision == "refuse"
    assert again == reply
    with reading(house.url) as connection:
        wanted = select(ENTRY.c.event).order_by(ENTRY.c.seq)
        events = connection.execute(wanted).scalars().all()
    assert events.index("REGISTER_HIT") < events.index("PLAY_REFUSED")


def test_a_visit_begins_at_the_file_of_activity_with_play_and_ends_with_the_logout(
    house: House, sandbox: Sandbox
) -> None:
    house.registrar.ask(house.player, Login(at_us=NOON, session_id="s"))
    before = sandbox.admin("GET", "lugas_activity")["active"]

    play = PlayAsked(at_us=NOON + HOUR, game_type="slot")
    reply = house.registrar.ask(house.player, play)
    here = sandbox.admin("GET", "lugas_activity")["active"]
    house.registrar.ask(house.player, Logout(at_us=NOON + 2 * HOUR, session_id="s"))
    house.teller.turn()

    assert reply.decision == "allow"
    assert here == before + 1
    assert sandbox.admin("GET", "lugas_activity")["active"] == before


def test_a_limit_across_operators_is_told_with_the_transaction_that_set_it(
    house: House, sandbox: Sandbox
) -> None:
    wish = LimitAsked(
        at_us=NOON, limit="deposit", period="month", scope="all_operators",
        amount=units("300.00", "EUR"),
    )  # fmt: skip
    house.registrar.ask(house.player, wish)
    told = house.teller.turn()

    refused = house.deposit(f"d-{house.player}", "300.01", NOON + HOUR)

    assert told.told == 1
    assert refused.results[0].status is Status.RULE


def test_the_file_of_settings_names_registers_and_people(
    sandbox: Sandbox, player: str, tmp_path: Path
) -> None:
    person = sandbox.person(player)
    (tmp_path / "people.yaml").write_text(yaml.safe_dump({player: msgspec.to_builtins(person)}))
    said = {
        "registers": {"gamstop": {"url": sandbox.url}}, "identities": {"file": "people.yaml"}
    }  # fmt: skip
    (tmp_path / "registers.yaml").write_text(yaml.safe_dump(said))
    standing = Standing(
        player=player, jurisdiction="GB", currency="GBP", pseudonym="x", born_on="1990-05-01"
    )
    setting = {"EVENHAND_REGISTERS": str(tmp_path / "registers.yaml")}

    with registers_in(setting) as registers:
        assert registers is not None
        known = registers.before(packs()["GB"], standing, Login(at_us=NOON))
        stranger = msgspec.structs.replace(standing, player="nobody")
        unknown = registers.before(packs()["GB"], stranger, Login(at_us=NOON))

    assert [one.status for one in known] == ["clear"]
    assert [(one.status, one.reason) for one in unknown] == [("unavailable", "no_identity")]
    with registers_in({}) as none:
        assert none is None


def test_out_of_the_vault_the_newest_details_are_taken_and_the_look_is_told(
    player: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    region = Region("GB", f"sqlite:///{tmp_path / 'kyc.sqlite'}", tmp_path / "kyc", tmp_path / "k")
    add_key(region.key_file, NOON)
    regions = {
        "GB": {"kyc_url": region.kyc_url, "bucket": region.bucket.as_uri(), "key_file": "k"}
    }  # fmt: skip
    (tmp_path / "regions.yaml").write_text(yaml.safe_dump(regions))
    (tmp_path / "registers.yaml").write_text(
        yaml.safe_dump({"registers": {"gamstop": {"url": sandbox.url}}, "identities": "vault"})
    )
    setting = {
        "EVENHAND_REGISTERS": str(tmp_path / "registers.yaml"),
        "EVENHAND_REGIONS": str(tmp_path / "regions.yaml"),
    }
    staff = By("n.officer", "registration", NOON + HOUR)
    with vault_in(region) as vault:
        for later, last_name in enumerate(("Old", "New")):
            by = By("n.officer", "registration", NOON + later)
            vault.put(Put(player, packs()["GB"], Person(last_name=last_name)), by)
    person = msgspec.to_builtins(sandbox.person(player))
    standing = Standing(player=player, jurisdiction="GB", currency="GBP", pseudonym="x")

    with registers_in(setting) as registers, vault_in(region) as vault:
        assert registers is not None
        unknown = registers.before(packs()["GB"], standing, Login(at_us=NOON))
        vault.put(Put(player, packs()["GB"], msgspec.convert(person, Person)), staff)
        known = registers.before(packs()["GB"], standing, Login(at_us=NOON))
        newest = registers.desk.identity_of(player)

    assert [one.reason for one in unknown] == ["no_identity"]  # a name alone is not enough
    assert [one.status for one in known] == ["clear"]
    assert newest == sandbox.people[player]
    engine = create_engine(region.kyc_url)
    with engine.connect() as connection:
        told = connection.execute(select(ENTRY.c.event, ENTRY.c.body)).all()
    engine.dispose()
    looks = [row.body for row in told if row.event == "KYC_READ"]
    assert len(looks) == 3
    assert all("register check" in look and player not in look for look in looks)
