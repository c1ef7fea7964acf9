"""What we call a Fast Track message is one by Fast Track's own schemas.

The schemas are not ours to copy. `EVENHAND_JUDGES` names the folder that holds `fasttrack/`;
without it `../shared/judges` beside the repository is tried, and without that the tests skip.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from core.events.envelope import Event
from core.events.fasttrack import Message, export_message, import_line, message_line
from core.events.fasttrack.kind import kinds

ROOT = Path(__file__).resolve().parents[2]
JUDGES = Path(os.environ.get("EVENHAND_JUDGES", ROOT.parent / "shared/judges")) / "fasttrack"
LINES = (ROOT / "tests/golden/fasttrack/messages.ndjson").read_bytes().splitlines()
DETAILS = {"USER_CONSENTS_V2": "user_consents", "USER_BLOCK_V2": "user_blocks"}

pytestmark = pytest.mark.skipif(
    not JUDGES.is_dir(),
    reason=f"no {JUDGES}: set EVENHAND_JUDGES to the folder holding fasttrack/real-time-events",
)


@cache
def _schema(path: str) -> Draft7Validator:
    return Draft7Validator(json.loads((JUDGES / f"{path}.schema.json").read_text()))


def _refusals(kind: str, payload: Any) -> list[str]:
    schema = _schema(f"real-time-events/{kind.lower()}")
    return [error.message for error in schema.iter_errors(payload)]


@pytest.mark.parametrize("kind", kinds())
def test_the_recorded_messages_are_ones_they_would_accept(kind: str) -> None:
    messages = [m for m in map(json.loads, LINES) if m.get("type") == kind]

    assert messages
    for message in messages:
        assert _refusals(kind, message["payload"]) == []


def test_what_was_imported_goes_out_as_they_accept_it() -> None:
    sent = [_sent(line) for line in LINES]
    messages = [message for message in sent if message]

    assert {message.kind for message in messages} == set(kinds())
    for message in messages:
        written = json.loads(message_line(message))
        assert _refusals(message.kind, written["payload"]) == []


def test_consents_answer_the_operator_api_question() -> None:
    answered = [m for m in map(_sent, LINES) if m and m.details]

    assert answered
    for message in answered:
        schema = _schema(f"operator-api/get/{DETAILS[message.kind]}")
        assert [error.message for error in schema.iter_errors(message.details)] == []


def _sent(line: bytes) -> Message | None:
    event = import_line(line)
    return export_message(event) if isinstance(event, Event) else None
