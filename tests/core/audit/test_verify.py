"""Reading a chain: in bounded memory, from where it is asked, with what was meant by each word."""

from __future__ import annotations

import tracemalloc

import pytest

from core.audit.append import append
from core.audit.broken import What
from core.audit.entry import Body
from core.audit.opening import appending, looking
from core.audit.verify import ROWS_AT_A_TIME, first_break, verified
from core.errors import NotReadyError
from tests.core.audit.logs import body, breaking, broken, fill, tamper


def _peak(url: str, chain: str) -> int:
    with looking(url) as connection:
        first_break(connection, chain)  # what is kept for good is there now
        tracemalloc.start()
        first_break(connection, chain)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_chain(log_url: str) -> None:
    with appending(log_url) as connection:
        append(connection, "rg:DE", map(body, range(2 * ROWS_AT_A_TIME)))
        append(connection, "rg:GB", map(body, range(8 * ROWS_AT_A_TIME)))

    assert _peak(log_url, "rg:GB") < 1.2 * _peak(log_url, "rg:DE")


def test_rows_come_when_they_are_sound_and_until_they_are_not(log_url: str) -> None:
    with appending(log_url) as connection:
        append(connection, "rg:GB", map(body, range(2 * ROWS_AT_A_TIME)))
    tamper(log_url, f"UPDATE audit_entry SET player = 'x' WHERE seq = {ROWS_AT_A_TIME + 1}")

    with looking(log_url) as connection:
        batches = verified(connection, "rg:GB")
        first = next(batches)
        with pytest.raises(Exception, match=f"seq {ROWS_AT_A_TIME + 1} "):
            next(batches)

    assert [row.seq for row in first] == list(range(1, ROWS_AT_A_TIME + 1))


def test_what_lies_before_the_first_is_believed(log_url: str) -> None:
    fill(log_url, {"rg:GB": 20})
    tamper(log_url, "UPDATE audit_entry SET body = '{}' WHERE seq IN (5, 12)")

    assert broken(log_url, first=1).seq == 5
    assert broken(log_url, first=6).seq == 12
    assert broken(log_url, first=12).seq == 12
    assert breaking(log_url, first=13) is None
    assert breaking(log_url, first=21) is None
    with pytest.raises(NotReadyError):
        breaking(log_url, first=22)


def test_the_entry_before_the_first_must_be_there(log_url: str) -> None:
    fill(log_url, {"rg:GB": 20})
    tamper(log_url, "DELETE FROM audit_entry WHERE seq = 9")

    found = broken(log_url, first=10)

    assert (found.what, found.seq) == (What.MISSING, 9)


def test_a_chain_that_never_began_is_sound(log_url: str) -> None:
    assert breaking(log_url, "rg:MT") is None


@pytest.mark.parametrize("text", ["{", "[]", '{"at_us":"1"}', "null", '{"at_us":1.5}'])
def test_a_body_that_is_none_is_named_though_its_hash_is_right(log_url: str, text: str) -> None:
    with appending(log_url) as connection:
        append(connection, "rg:GB", [body(1), Body(text, 1), body(3)])

    found = broken(log_url)

    assert (found.what, found.seq) == (What.BODY, 2)


def test_each_word_is_said_of_what_it_means(log_url: str) -> None:
    fill(log_url, {"rg:GB": 9})
    cases = {
        What.BODY: "UPDATE audit_entry SET body = '{}' WHERE seq = 8",
        What.HASH: "UPDATE audit_entry SET hash = 'x' WHERE seq = 7",
        What.LINK: "UPDATE audit_entry SET prev_hash = 'x' WHERE seq = 6",
        What.COLUMN: "UPDATE audit_entry SET rule_id = 'x' WHERE seq = 5",
        What.MISSING: "DELETE FROM audit_entry WHERE seq = 4",
        What.ORDER: "UPDATE audit_entry SET seq = 0 WHERE seq = 3",
    }
    for seq, (what, statement) in zip(range(8, 2, -1), cases.items(), strict=True):
        tamper(log_url, statement)  # each one before the last, so each becomes the first
        found = broken(log_url)
        place = 0 if what is What.ORDER else seq
        assert (found.what, found.seq) == (what, place), found
