"""From a pattern to a draft a person files, on both databases, every step in the chain."""

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from core.aml.access import AccessError, give_role
from core.aml.desk import By, CaseError, Desk, keep_alerts
from core.aml.drafts import Kept, Wish, draft_report, file_report
from core.aml.policy import policies
from core.aml.watching import Alert, Watch
from core.audit.tables import ENTRY
from core.audit.verify import verified
from tests.core.aml.aml_world import START_US, structuring

LATER_US = START_US + 100 * 86_400_000_000
ANN, BEN, EVE = By("ann", LATER_US), By("ben", LATER_US + 1), By("eve", LATER_US + 2)


def _alerts() -> list[Alert]:
    return list(Watch(dict(policies()), "EUR").take(structuring()))


def _raised(engine: Engine) -> str:
    with engine.begin() as connection:
        keep_alerts(connection, _alerts())
    return Desk(engine).cases(ANN)[0].id


def _chain(engine: Engine, place: str = "NJ") -> list[dict[str, object]]:
    with engine.begin() as connection:
        wanted = select(ENTRY.c.body).where(ENTRY.c.chain == f"aml:{place}").order_by(ENTRY.c.seq)
        return [json.loads(body) for body in connection.execute(wanted).scalars()]


def _reported(engine: Engine) -> tuple[str, Kept]:
    case_id, desk = _raised(engine), Desk(engine)
    desk.decide(ANN, case_id, "report", "three sums under the report, no reason given")
    desk.confirm(BEN, case_id, "agreed", agrees=True)
    return case_id, draft_report(engine, policies()["NJ"], ANN, Wish(case_id, "SAR"))


def test_case_73_raises_one_structuring_alert_with_its_sum() -> None:
    (alert,) = [one for one in _alerts() if one.evidence.typology == "T-STR"]

    assert alert.evidence.amount == 2_900_000
    assert "29000.00 USD" in alert.evidence.said
    assert len(alert.evidence.transactions) == 3


def test_alerts_of_a_player_become_one_case_and_are_kept_once(desk_engine: Engine) -> None:
    alerts = _alerts()

    with desk_engine.begin() as connection:
        first, again = keep_alerts(connection, alerts), keep_alerts(connection, alerts)

    assert (len(first), again) == (len(alerts), [])
    assert len(Desk(desk_engine).cases(ANN)) == 1
    assert sum(entry["event"] == "ALERT" for entry in _chain(desk_engine)) == len(alerts)


def test_the_whole_way_ends_in_a_draft_a_person_files(desk_engine: Engine) -> None:
    _, kept = _reported(desk_engine)
    file_report(desk_engine, BEN, kept.id, "BSA-1")

    said = [entry["event"] for entry in _chain(desk_engine)]
    steps = [
        "AML_CASE_OPENED", "ALERT", "AML_REPORT_PROPOSED", "AML_DECIDED", "AML_REPORT_DRAFTED",
        "AML_REPORT_FILED",
    ]  # fmt: skip
    assert [event for event in said if event in steps] == steps
    assert "29000.00 USD" in kept.document
    assert kept.hash in kept.document
    with desk_engine.begin() as connection:
        assert sum(len(rows) for rows in verified(connection, "aml:NJ")) == len(said)


def test_the_deadline_is_the_packs_and_longer_without_a_suspect(desk_engine: Engine) -> None:
    case_id, kept = _reported(desk_engine)
    policy, opened_us = policies()["NJ"], Desk(desk_engine).case(ANN, case_id).opened_us
    without = Wish(case_id, "SAR", is_suspect_known=False)

    later = draft_report(desk_engine, policy, ANN, without)
    currency = draft_report(desk_engine, policy, ANN, Wish(case_id, "CTR"))

    assert kept.due_us == policy.pack.zone.later(opened_us, "P30D")
    assert later.due_us == policy.pack.zone.later(opened_us, "P60D")
    assert currency.due_us == policy.pack.zone.later(opened_us, "P15D")


def test_who_proposes_a_report_does_not_confirm_it(desk_engine: Engine) -> None:
    case_id, desk = _raised(desk_engine), Desk(desk_engine)
    desk.decide(ANN, case_id, "report", "why")

    with pytest.raises(CaseError, match="a second person"):
        desk.confirm(ANN, case_id, "I agree with myself", agrees=True)
    with pytest.raises(CaseError, match="is proposed"):
        draft_report(desk_engine, policies()["NJ"], ANN, Wish(case_id, "SAR"))


def test_a_report_sent_back_can_be_dismissed_and_both_reasons_stay(desk_engine: Engine) -> None:
    case_id, desk = _raised(desk_engine), Desk(desk_engine)
    desk.decide(ANN, case_id, "report", "looks split")
    desk.confirm(BEN, case_id, "a shop's takings, known since 2020", agrees=False)
    desk.decide(ANN, case_id, "dismiss", "as Ben says")

    case = desk.case(ANN, case_id)
    assert (case.state, case.decision) == ("decided", "dismiss")
    assert [said["step"] for said in case.assessments] == ["proposed", "sent_back", "decided"]


def test_a_decision_needs_a_reason_and_a_filing_a_reference(desk_engine: Engine) -> None:
    case_id = _raised(desk_engine)

    with pytest.raises(CaseError, match="without a reason"):
        Desk(desk_engine).decide(ANN, case_id, "dismiss", " ")
    with pytest.raises(CaseError, match="without a reference"):
        file_report(desk_engine, ANN, "any", " ")


def test_a_draft_is_filed_once(desk_engine: Engine) -> None:
    _, kept = _reported(desk_engine)
    file_report(desk_engine, BEN, kept.id, "BSA-1")

    with pytest.raises(CaseError, match="was filed"):
        file_report(desk_engine, BEN, kept.id, "BSA-2")


@pytest.mark.parametrize("who", ["eve", "admin", "nobody", ""])
def test_without_the_role_a_case_is_not_seen_nor_decided(desk_engine: Engine, who: str) -> None:
    case_id, desk, by = _raised(desk_engine), Desk(desk_engine), By(who, LATER_US)

    for act in (
        lambda: desk.case(by, case_id),
        lambda: desk.note(by, case_id, "seen"),
        lambda: desk.decide(by, case_id, "dismiss", "why"),
    ):
        with pytest.raises((AccessError, CaseError), match="no case"):
            act()
    refused = [entry for entry in _chain(desk_engine) if entry["event"] == "AML_REFUSED"]
    assert len(refused) == 3


def test_another_jurisdictions_alerts_are_not_listed(desk_engine: Engine) -> None:
    _raised(desk_engine)

    assert Desk(desk_engine).alerts(EVE) == []
    assert Desk(desk_engine).alerts(ANN)
    with pytest.raises(AccessError):
        Desk(desk_engine).alerts(By("admin", LATER_US))


def test_each_look_is_in_the_chain(desk_engine: Engine) -> None:
    case_id = _raised(desk_engine)
    before = len(_chain(desk_engine))

    Desk(desk_engine).case(ANN, case_id)
    Desk(desk_engine).alerts(BEN, player="p")

    looks = _chain(desk_engine)[before:]
    assert [(look["event"], look["staff_id"]) for look in looks] == [
        ("AML_READ", "ann"), ("AML_READ", "ben"),
    ]  # fmt: skip
    assert {look["player_id"] for look in looks} == {"p"}


def test_nobody_gives_himself_a_role(desk_engine: Engine) -> None:
    with desk_engine.begin() as connection, pytest.raises(AccessError, match="himself"):
        give_role(connection, "admin", "NJ", ("aml", 9, "admin"))
    with desk_engine.begin() as connection, pytest.raises(AccessError, match="has not the role"):
        give_role(connection, "mallory", "NJ", ("aml", 9, "ann"))


@pytest.mark.parametrize("table", ["aml_alert", "aml_note", "aml_assessment", "aml_draft"])
def test_what_was_said_cannot_be_changed(desk_engine: Engine, table: str) -> None:
    case_id, _ = _reported(desk_engine)
    Desk(desk_engine).note(ANN, case_id, "a note")

    for change in (f"UPDATE {table} SET case_id = 'x'", f"DELETE FROM {table}"):
        with desk_engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(change))
