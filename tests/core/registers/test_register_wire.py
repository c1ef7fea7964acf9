"""The neutral protocol: whatever bytes come, there is an answer that counts or a reason."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.compliance.load import packs
from core.compliance.requests.holds import RegisterAnswered
from core.ledger.units import units
from core.registers.declaration import known_registers
from core.registers.identity import Identity, missing_of, person_key, proof
from core.registers.wire import BODY_MOST, Query, Said, Unanswered, Used, answers_of

SUBJECT = {"last_name": "Muster", "born_on": "1990-05-01"}
QUERY = Query(query_id="q-1", at="login", subject=SUBJECT)
REASONS = {"garbage", "too_large", "other_query", "wrong_player"}


def _said(**fields: object) -> bytes:
    given_ = {"query_id": "q-1", "proof": proof("q-1", SUBJECT), "status": "clear", **fields}
    return msgspec.json.encode(given_)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(known_registers())))
@example(b"", "oasis")
@example(b'{"query_id":"q-1"}', "oasis")
@example(b"\xff\xfe", "oasis")
@example(b"[" * 100_000, "oasis")
@example(b'{"x":' + b"[" * 60_000, "oasis")
def test_bytes_that_are_no_answer_have_a_reason(body: bytes, name: str) -> None:
    with pytest.raises(Unanswered) as caught:
        answers_of(body, QUERY, known_registers()[name], 1)

    assert caught.value.reason in REASONS


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "query_id": st.sampled_from(["q-1", "q-0", 7, None]),
            "proof": st.sampled_from([proof("q-1", SUBJECT), proof("q-0", SUBJECT), ""]),
            "status": st.sampled_from(["clear", "listed", "busy", "free", "missing", "maybe", 1]),
            "since": st.sampled_from([None, "2026-01-01", "2026-01-01T00:00:00Z", "soon", 4]),
            "until": st.sampled_from([None, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z"]),
            "limits": st.lists(
                st.fixed_dictionaries(
                    {
                        "period": st.sampled_from(["month", "day", ""]),
                        "used": st.sampled_from(
                            ["1.00", "-1", "NaN", "1e9", "9" * 40, "1.1234567"]
                        ),
                        "limit": st.sampled_from([None, "5", "x"]),
                    }
                ),
                max_size=3,
            ),
        },
    ),
    st.sampled_from(sorted(known_registers())),
)
def test_whatever_an_answer_says_it_is_read_or_has_a_reason(
    fields: dict[str, object], name: str
) -> None:
    declaration = known_registers()[name]
    reason = ""
    answers: tuple[RegisterAnswered, ...] = ()
    try:
        answers = answers_of(_said(**fields), QUERY, declaration, 1)
    except Unanswered as fault:
        reason = fault.reason

    assert bool(answers) != bool(reason)
    assert reason in REASONS | {""}
    for answer in answers:
        assert (answer.query_id, answer.register) == ("q-1", name)
        assert answer.used is None or answer.used >= 0


def test_an_answer_about_another_person_is_none() -> None:
    other = proof("q-1", {**SUBJECT, "born_on": "1991-05-01"})

    with pytest.raises(Unanswered, match="wrong_player"):
        answers_of(_said(proof=other), QUERY, known_registers()["oasis"], 1)


def test_an_answer_to_another_query_is_none() -> None:
    with pytest.raises(Unanswered, match="other_query"):
        answers_of(
            _said(query_id="q-0", proof=proof("q-0", SUBJECT)),
            QUERY, known_registers()["oasis"], 1,
        )  # fmt: skip


def test_an_answer_beyond_64_kib_is_none() -> None:
    with pytest.raises(Unanswered, match="too_large"):
        answers_of(_said() + b" " * BODY_MOST, QUERY, known_registers()["oasis"], 1)


def test_a_limit_files_answer_has_a_figure_for_each_period_or_is_none() -> None:
    joint = known_registers()["joint_limit"]
    figures = [Used(period=one, used="650.00", limit="700.00") for one in joint.periods]
    whole = msgspec.json.encode(
        Said(query_id="q-1", proof=proof("q-1", SUBJECT), status="clear", limits=tuple(figures))
    )

    answers = answers_of(whole, QUERY, joint, 1)

    assert [one.key for one in answers] == [f"joint_limit:{one}" for one in joint.periods]
    assert {one.used for one in answers} == {units("650.00", "EUR")}
    with pytest.raises(Unanswered, match="garbage"):
        answers_of(_said(limits=[{"period": "day", "used": "1.00"}]), QUERY, joint, 1)


def test_an_identity_prints_as_nothing() -> None:
    person = Identity(last_name="Muster", national_id="12345")

    assert "Muster" not in f"{person!r} {person}"
    assert missing_of(person, ("last_name", "born_on")) == ("born_on",)


def test_spellings_of_one_person_are_one_person() -> None:
    one = {"first_name": "Jürgen", "last_name": "MÜLLER", "postcode": "10 115"}
    other = {"first_name": "juergen", "last_name": "Mueller", "postcode": "10115"}

    assert person_key(one) == person_key(other)
    assert person_key(one) != person_key({**one, "last_name": "Meier"})


@pytest.mark.parametrize("name", sorted(known_registers()))
def test_a_declared_register_is_one_a_pack_asks(name: str) -> None:
    declaration = known_registers()[name]
    pack = packs()[declaration.jurisdiction]

    assert pack.registers[name].kind == declaration.kind
    assert declaration.sends
    if declaration.kind == "deposit_limit":
        rule = next(one for one in pack.rules if one.id == pack.registers[name].rule)
        assert declaration.periods == rule.measure.window.frames
        assert (declaration.timezone, declaration.currency) == (pack.timezone, pack.currency)


def test_every_register_of_a_pack_is_declared() -> None:
    asked = {name for pack in packs().values() for name in pack.registers}

    assert asked == set(known_registers())
