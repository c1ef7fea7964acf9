"""From a pattern to a draft a person files, on both databases, every step in the chain."""

import json
import threading
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from core.aml.access import AccessError, give_role
from core.aml.desk import By, CaseError, Desk, keep_alerts
from core.aml.drafts import Kept, Wish, draft_report
from core.aml.filing import file_report, review_report
from core.aml.policy import policies
from core.aml.watching import Alert, Watch
from core.aml.words import WordsError
from core.audit.tables import ENTRY
from core.audit.verify import verified
from core.errors import EvenhandError
from tests.core.aml.aml_world import START_US, structuring

LATER_US = START_US + 100 * 86_400_000_000
ANN, BEN, EVE = By("ann", LATER_US), By("ben", LATER_US + 1), By("eve", LATER_US + 2)


def _alerts() -> list[Alert]:
    return list(Watch(dict(policies()), "EUR").take(structuring()))


def _raised(engine: Engine) -> str:
    with engine.begin() as connection:
        keep_alerts(connection, _alerts())
    return Desk(engine).cases(ANN)[0].id


def _raised_of(engine: Engine, player: str) -> str:
    alerts = list(Watch(dict(policies()), "EUR").take(structuring(player)))
    with engine.begin() as connection:
        keep_alerts(connection, alerts)
    return next(case.id for case in Desk(engine).cases(ANN) if case.player == player)


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
    review_report(desk_engine, BEN, kept.id, "complete", agrees=True)
    file_report(desk_engine, BEN, kept.id, "BSA-1")

    said = [entry["event"] for entry in _chain(desk_engine)]
    steps = [
        "AML_CASE_OPENED", "ALERT", "AML_REPORT_PROPOSED", "AML_DECIDED", "AML_REPORT_DRAFTED",
        "AML_REPORT_REVIEWED", "AML_REPORT_FILED",
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

    with pytest.raises(WordsError, match="a reason without"):
        Desk(desk_engine).decide(ANN, case_id, "dismiss", " ")
    with pytest.raises(WordsError, match="a reference without"):
        file_report(desk_engine, ANN, "any", " ")


def test_a_draft_is_filed_once(desk_engine: Engine) -> None:
    _, kept = _reported(desk_engine)
    review_report(desk_engine, BEN, kept.id, "complete", agrees=True)
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


@pytest.mark.parametrize("table", ["aml_alert", "aml_note", "aml_assessment"])
def test_what_was_said_cannot_be_changed(desk_engine: Engine, table: str) -> None:
    case_id, _ = _reported(desk_engine)
    Desk(desk_engine).note(ANN, case_id, "a note")

    for change in (f"UPDATE {table} SET case_id = 'x'", f"DELETE FROM {table}"):
        with desk_engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(change))


@pytest.mark.parametrize("table", ["aml_draft", "aml_review", "aml_filing"])
def test_what_was_filed_cannot_be_changed(desk_engine: Engine, table: str) -> None:
    _, kept = _reported(desk_engine)
    review_report(desk_engine, BEN, kept.id, "complete", agrees=True)
    file_report(desk_engine, BEN, kept.id, "BSA-1")
    column = "id" if table == "aml_draft" else "draft_id"

    for change in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with desk_engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(change))


def test_who_made_a_draft_does_not_review_it(desk_engine: Engine) -> None:
    _, kept = _reported(desk_engine)

    with pytest.raises(CaseError, match="a second person"):
        review_report(desk_engine, ANN, kept.id, "mine", agrees=True)
    with pytest.raises(CaseError, match="nobody agreed"):
        file_report(desk_engine, ANN, kept.id, "BSA-1")


def test_a_draft_refused_is_not_filed_but_its_next_version_may_be(desk_engine: Engine) -> None:
    case_id, kept = _reported(desk_engine)
    review_report(desk_engine, BEN, kept.id, "the occupation is missing", agrees=False)

    with pytest.raises(CaseError, match="nobody agreed"):
        file_report(desk_engine, BEN, kept.id, "BSA-1")
    with pytest.raises(CaseError, match="was reviewed"):
        review_report(desk_engine, BEN, kept.id, "after all", agrees=True)
    second = draft_report(desk_engine, policies()["NJ"], ANN, Wish(case_id, "SAR"))
    review_report(desk_engine, BEN, second.id, "complete", agrees=True)
    file_report(desk_engine, ANN, second.id, "BSA-1")


def test_a_draft_one_may_not_see_is_one_that_is_not_there_and_it_is_told(
    desk_engine: Engine,
) -> None:
    _, kept = _reported(desk_engine)

    acts: tuple[Callable[[], object], ...] = (
        lambda: review_report(desk_engine, EVE, kept.id, "seen", agrees=True),
        lambda: file_report(desk_engine, EVE, kept.id, "BSA-1"),
    )
    for act in acts:
        with pytest.raises(CaseError, match="no draft"):
            act()
    assert [e["staff_id"] for e in _chain(desk_engine) if e["event"] == "AML_REFUSED"] == [
        "eve", "eve",
    ]  # fmt: skip


HOSTILE = ["\x00", "a\x1b[2J", "\ud800", "x" * 10_001, "\u202eabc", " "]


@pytest.mark.parametrize("said", HOSTILE, ids=["nul", "escape", "half", "long", "bidi", "blank"])
def test_hostile_words_are_refused_and_leave_nothing(desk_engine: Engine, said: str) -> None:
    case_id, kept = _reported(desk_engine)
    other, desk = _raised_of(desk_engine, "q"), Desk(desk_engine)
    before = len(_chain(desk_engine))

    for act in (
        lambda: desk.note(ANN, case_id, said),
        lambda: desk.decide(ANN, other, "dismiss", said),
        lambda: desk.decide(ANN, other, said, "why"),
        lambda: desk.confirm(ANN, other, said, agrees=True),
        lambda: desk.case(ANN, said),
        lambda: desk.alerts(ANN, player=said),
        lambda: desk.cases(By(said, LATER_US)),
        lambda: review_report(desk_engine, BEN, kept.id, said, agrees=True),
        lambda: review_report(desk_engine, BEN, said, "why", agrees=True),
        lambda: file_report(desk_engine, BEN, said, "BSA-1"),
        lambda: file_report(desk_engine, BEN, kept.id, said),
    ):
        with pytest.raises(EvenhandError):
            act()
    assert len(_chain(desk_engine)) == before


@pytest.mark.parametrize("said", HOSTILE, ids=["nul", "escape", "half", "long", "bidi", "blank"])
def test_no_role_is_given_to_or_at_what_is_none(desk_engine: Engine, said: str) -> None:
    for who, place, role in ((said, "NJ", "aml"), ("zoe", said, "aml"), ("zoe", "NJ", said)):
        with desk_engine.begin() as connection, pytest.raises(EvenhandError):
            give_role(connection, who, place, (role, 9, "admin"))


def test_nobody_has_a_role_twice_or_both(desk_engine: Engine) -> None:
    for role in ("aml", "aml_admin"):
        with desk_engine.begin() as connection, pytest.raises(AccessError, match="one role"):
            give_role(connection, "ann", "NJ", (role, 9, "admin"))


def test_a_pattern_that_goes_on_is_said_once_whoever_found_it(desk_engine: Engine) -> None:
    first = _alerts()[0]
    seen = first.evidence
    on = replace(seen, until_us=seen.until_us + 3_600_000_000)
    later = replace(seen, until_us=seen.until_us + seen.again_us + 1)

    with desk_engine.begin() as connection:
        keep_alerts(connection, [first])
        goes_on = keep_alerts(connection, [replace(first, id="on", evidence=on)])
        is_new = keep_alerts(connection, [replace(first, id="later", evidence=later)])

    assert (len(goes_on), len(is_new)) == (0, 1)


def test_a_scan_and_a_watch_at_once_open_one_case(desk_engine: Engine) -> None:
    alerts = _alerts()
    ready, kept = threading.Barrier(4), list[int]()

    def keep() -> None:
        ready.wait()
        with desk_engine.begin() as connection:
            kept.append(len(keep_alerts(connection, alerts)))

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(kept) == [0, 0, 0, len(alerts)]
    assert len(Desk(desk_engine).cases(ANN)) == 1


def test_a_decided_case_stays_and_what_comes_after_opens_another(desk_engine: Engine) -> None:
    first, desk = _raised(desk_engine), Desk(desk_engine)
    desk.decide(ANN, first, "dismiss", "a shop's takings")
    alert = _alerts()[0]
    later = alert.evidence.until_us + alert.evidence.again_us + 1

    with desk_engine.begin() as connection:
        keep_alerts(connection, [
            replace(alert, id="later", evidence=replace(alert.evidence, until_us=later)),
        ])  # fmt: skip

    assert [case.id for case in desk.cases(ANN)] != [first]
    assert len(desk.cases(ANN, is_open=False)) == 2
    assert desk.case(ANN, first).assessments[0]["reason"] == "a shop's takings"
