"""A file is read line by line; every line is an event, kept as unknown, or a dead letter."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SourceError
from core.events.codec import LINE_BYTES_MAX, encode
from core.events.dead_letter import DeadLetter, Letter, letters
from core.events.envelope import Event, UnknownEvent
from core.events.families.player import PlayerVerified
from core.events.stream_file import Placed, Tally, read_events, replay
from core.ids import uuid7

AT = datetime(2026, 3, 1, tzinfo=UTC)
GOOD = encode(
    Event(id=uuid7(AT, 1), source="a/b/c", subject="7", time=AT, recorded=AT,
          fact=PlayerVerified(level="full"))
)  # fmt: skip
UNKNOWN = GOOD.replace(b"player_verified.v1", b"player_teleported.v1")
BLANK_SUBJECT = GOOD.replace(b'"subject":"7"', b'"subject":""')
NOT_TEXT = b'{"id": "\xff\xfe"}'


def _read(path: Path) -> tuple[list[Placed], Tally, Path]:
    tally, target = Tally(), path.with_suffix(".letters")
    with DeadLetter(target) as dead_letter:
        placed = list(read_events(path, dead_letter, tally))
        assert dead_letter.count == tally.rejected
    return placed, tally, target


def _file(folder: Path, lines: list[bytes]) -> Path:
    path = folder / "events.ndjson"
    path.write_bytes(b"\n".join(lines))
    return path


def test_every_line_ends_in_one_place(tmp_path: Path) -> None:
    path = _file(tmp_path, [GOOD, b"", BLANK_SUBJECT, UNKNOWN, NOT_TEXT, b"  \r", GOOD])

    placed, tally, target = _read(path)

    assert [type(p.event) for p in placed] == [Event, UnknownEvent, Event]
    assert [p.line for p in placed] == [1, 4, 7]
    assert (tally.lines, tally.accepted, tally.unknown_count, tally.rejected) == (5, 2, 1, 2)
    assert tally.blank == 2
    assert dict(tally.unknown) == {"io.evenhand.player.player_teleported.v1": 1}
    assert [(letter.line, letter.encoding) for letter in letters(target)] == [
        (3, "utf-8"),
        (5, "base64"),
    ]


def test_a_letter_says_why_and_where(tmp_path: Path) -> None:
    path = _file(tmp_path, [GOOD, BLANK_SUBJECT])

    _, _, target = _read(path)

    (letter,) = letters(target)
    assert letter.reason.startswith("subject is blank")
    assert letter.source_file == path.as_posix()
    assert path.read_bytes()[letter.offset :] == BLANK_SUBJECT == letter.raw_bytes()


def test_a_file_without_refusals_leaves_no_letters(tmp_path: Path) -> None:
    _, _, target = _read(_file(tmp_path, [GOOD]))

    assert not target.exists()


def test_letters_of_a_later_run_are_added(tmp_path: Path) -> None:
    path = _file(tmp_path, [BLANK_SUBJECT])

    _read(path)
    _, _, target = _read(path)

    assert len(list(letters(target))) == 2


@pytest.mark.parametrize("excess", [1, 2, 3, LINE_BYTES_MAX, 3 * LINE_BYTES_MAX + 5])
def test_a_line_too_long_is_refused_without_losing_the_next(tmp_path: Path, excess: int) -> None:
    path = _file(tmp_path, [b"x" * (LINE_BYTES_MAX + excess), GOOD])

    placed, tally, target = _read(path)

    (letter,) = letters(target)
    assert (tally.lines, tally.rejected, tally.accepted) == (2, 1, 1)
    assert path.read_bytes()[placed[0].offset :] == GOOD
    assert letter.cut
    assert len(letter.raw) == 1024
    with pytest.raises(SourceError, match=r"was cut .*at byte 0"):
        list(replay(target))


def test_a_line_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    padded = GOOD + b" " * (LINE_BYTES_MAX - len(GOOD))

    _, tally, _ = _read(_file(tmp_path, [padded, GOOD]))

    assert (tally.accepted, tally.rejected) == (2, 0)


def test_a_mended_letter_can_be_fed_again(tmp_path: Path) -> None:
    _, _, target = _read(_file(tmp_path, [BLANK_SUBJECT, NOT_TEXT]))
    target.write_bytes(target.read_bytes().replace(rb"\"subject\":\"\"", rb"\"subject\":\"7\"", 1))

    again = _file(tmp_path, list(replay(target)))
    placed, tally, _ = _read(again)

    assert [encode(p.event) for p in placed if isinstance(p.event, Event)] == [GOOD]
    assert (tally.accepted, tally.rejected) == (1, 1)


def test_a_letter_broken_by_hand_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    path.write_text("{}\n")

    with pytest.raises(SourceError, match="line 1"):
        list(replay(path))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        _read(tmp_path / "missing.ndjson")


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from([GOOD, UNKNOWN, BLANK_SUBJECT, NOT_TEXT, b"", b" "])
        | st.binary(max_size=30).filter(lambda raw: b"\n" not in raw)
    )
)
def test_nothing_is_lost(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = _file(tmp_path_factory.mktemp("nothing_lost"), lines)

    placed, tally, target = _read(path)

    kept = list(replay(target)) if target.exists() else []
    assert tally.accepted + tally.unknown_count + tally.rejected == tally.lines
    assert len(placed) + len(kept) == tally.lines
    refused = [r.rstrip(b"\r") for r in lines if r.strip() and r not in (GOOD, UNKNOWN)]
    assert kept == refused


def test_a_letter_keeps_bytes_that_are_no_text() -> None:
    letter = Letter(
        reason="r", source_file="f", line=1, offset=0, encoding="base64",
        raw=base64.b64encode(NOT_TEXT).decode(),
    )  # fmt: skip

    assert letter.raw_bytes() == NOT_TEXT


def test_letters_are_one_json_object_a_line(tmp_path: Path) -> None:
    _, _, target = _read(_file(tmp_path, [BLANK_SUBJECT, NOT_TEXT]))

    parsed = [json.loads(line) for line in target.read_text().splitlines()]

    assert [p["line"] for p in parsed] == [1, 2]
