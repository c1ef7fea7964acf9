"""What the kernel takes at once is what the codec reads; nothing malformed gets past it."""

import json
import os
import re
from itertools import zip_longest
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.codec import encode
from core.events.registry import event_type, facts
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_kernel import uuid_halves
from tests.pipelines.decoding_world import (
    BY_ALL,
    BY_VIEWS,
    VIEWS_LAYOUT,
    WIDE_LAYOUT,
    bet,
    check_same,
    decoded_by,
    plain_data,
)

law = settings(deadline=None, max_examples=int(os.environ.get("EVENHAND_EXAMPLES", "400")))
_NOISE = [bytes([byte]) for byte in b'"\\{}[]:, \n\t\0\x7f\x80\xff019.-+eEntfaZTX'] + [b"", b'""']
_TOKEN = re.compile(rb'"[^"]*"|[{}\[\]:,]|[^"{}\[\]:,\s]+')


def _plain_line(name: str, number: int = 1) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(encode(bet()))
    tail = f"{number:012x}"
    whole = line | {"id": f"019ca945-0a00-7000-8000-{tail}", "type": event_type(facts()[name])}
    return whole | {"data": plain_data(facts()[name])}


@st.composite
def _lines(draw: st.DrawFn) -> dict[str, Any]:
    """A plain line, or one with keys missing."""
    line = _plain_line(draw(st.sampled_from(sorted(facts())) | st.just("bet_placed")))
    for part in (line, line["data"]):
        if part and draw(st.booleans()):
            del part[draw(st.sampled_from(sorted(part)))]
    return line


@st.composite
def _byte_changed(draw: st.DrawFn) -> bytes:
    text = json.dumps(draw(_lines()), separators=(",", ":")).encode()
    cut, gone = draw(st.integers(0, len(text))), draw(st.integers(0, 2))
    return text[:cut] + draw(st.sampled_from(_NOISE)) + text[cut + gone :]


@st.composite
def _token_changed(draw: st.DrawFn) -> bytes:
    """A token is lost, doubled, moved, or a text has not the quotes it should have."""
    tokens = _TOKEN.findall(json.dumps(draw(_lines()), separators=(",", ":")).encode())
    at, other = (draw(st.integers(0, len(tokens) - 1)) for _ in range(2))
    token, bare = tokens[at], tokens[at].strip(b'"')
    tokens[at] = draw(
        st.sampled_from([b"", token, bare, b"a" + bare + b"b", b'"' + bare, bare + b'"'])
    )
    if draw(st.booleans()):
        tokens.insert(other, token)
    return b"".join(tokens)


@st.composite
def _spread(draw: st.DrawFn) -> bytes:
    """Keys in any order, and space, or what is none, between the tokens."""
    line = draw(_lines())
    line["data"] = dict(draw(st.permutations(sorted(line.get("data", {}).items()))))
    line = dict(draw(st.permutations(sorted(line.items()))))
    tokens = _TOKEN.findall(json.dumps(line).encode())
    gaps = st.sampled_from([b"", b" ", b"\n", b"\t", b"\r\n", b"  "] * 3 + [b"\x0b", b"\xc2\xa0"])
    spaces = draw(st.lists(gaps, max_size=len(tokens)))
    return b"".join(t + s for t, s in zip_longest(tokens, spaces, fillvalue=b""))


@law
@given(values=st.lists(_byte_changed() | _token_changed() | _spread(), min_size=1, max_size=6))
def test_a_spoilt_line_is_never_taken_for_more_than_the_codec_takes_it(
    values: list[bytes],
) -> None:
    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)
    check_same(decoded_by(BY_VIEWS, values), VIEWS_LAYOUT, values)


@pytest.mark.parametrize("name", ["bet_placed", "player_logged_in", "scored", "live_settled"])
def test_every_byte_of_a_line_replaced_by_every_odd_byte_is_read_as_the_codec_reads_it(
    name: str,
) -> None:
    line = json.dumps(_plain_line(name), separators=(",", ":")).encode()
    odd = b'"\\{},: 0a\n\xff'
    values = [
        line[:cut] + bytes([byte]) + line[cut + 1 :] for cut in range(len(line)) for byte in odd
    ]

    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)


def test_a_line_cut_short_is_not_completed_by_the_one_behind_it() -> None:
    line = json.dumps(_plain_line("bet_placed"), separators=(",", ":")).encode()
    values = [part for cut in range(1, len(line)) for part in (line[:cut], line[cut:])]

    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)


def test_plain_lines_in_any_order_of_keys_and_any_spacing_never_reach_the_codec(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = []
    for number, name in enumerate(facts()):
        line = _plain_line(name, number) | {"traceparent": "00-1", "sampled": True}
        line["data"] = dict(reversed(line["data"].items())) | {"added": "later", "more": -1.5}
        values += [json.dumps(line, indent=1).encode(), json.dumps(line).encode()]
    monkeypatch.setattr("pipelines.stream.decoding.decode", lambda *_, **__: pytest.fail("asked"))

    assert len(decoded_by(BY_ALL, values).facts) == len(values)


def test_a_decoder_that_can_remember_few_texts_forgets_and_reads_on() -> None:
    values = []
    for number in range(300):
        line = _plain_line(("bet_placed", "player_logged_in")[number % 2], number)
        line["subject"] = f"player {number % 70}"
        line["data"] |= {"game_id": f"game {number % 40}", "device_id": f"device {number}"}
        values.append(json.dumps(line).encode())

    check_same(decoded_by(BatchDecoder(WIDE_LAYOUT, remembered=90), values), WIDE_LAYOUT, values)


def test_a_player_met_again_is_the_same_string() -> None:
    values = [json.dumps(_plain_line("bet_placed", number)).encode() for number in range(2)]

    first, second = decoded_by(BY_VIEWS, values).facts.player
    (third,) = decoded_by(BY_VIEWS, values[:1]).facts.player

    assert first is second
    assert first is third


@law
@given(
    number=st.uuids(),
    case=st.sampled_from(["upper", "lower"]),
    at=st.integers(0, 35),
    byte=st.integers(0x20, 0x7E),
)
def test_an_id_is_read_to_its_last_bit_or_not_at_all(
    number: UUID, case: str, at: int, byte: int
) -> None:
    text = bytearray(getattr(str(number), case)().encode())
    text[at] = byte
    padded = np.frombuffer(bytes(text) + bytes(32), dtype=np.uint8)
    shaped = re.fullmatch(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", bytes(text))

    high, low, is_uuid = uuid_halves(padded.ctypes.data)

    assert is_uuid == (shaped is not None)
    if is_uuid:
        halves = (int(high) % 2**64 << 64) | (int(low) % 2**64)
        assert halves == UUID(text.decode()).int
