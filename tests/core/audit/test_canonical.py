"""One value has one text, and only JSON has one."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audit.canonical import canonical
from core.audit.entry import body_of
from core.errors import LogError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(inner, chance)) for key, inner in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [_shuffled(inner, chance) for inner in value] if isinstance(value, list) else value


@given(JSON, st.randoms(use_true_random=False))
def test_the_text_depends_on_the_value_alone(value: Any, chance: random.Random) -> None:
    assert canonical(value) == canonical(_shuffled(value, chance))


@given(JSON)
def test_the_text_read_back_is_the_value_and_has_the_same_text(value: Any) -> None:
    text = canonical(value)

    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=6))
def test_keys_stand_in_order_of_code_points_and_nothing_is_escaped_needlessly(
    value: dict[str, Any],
) -> None:
    said = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    assert canonical(value) == said


@pytest.mark.parametrize(
    "value",
    [
        {"a": float("nan")}, {"a": [1, {"b": float("inf")}]}, {1: "a"}, {"a": "\ud800"},
        {"\udfff": 1}, {"a": object()},
    ],
    ids=["nan", "inf", "key that is no text", "half a pair", "half a pair as key", "object"],
)  # fmt: skip
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(LogError):
        canonical(value)


class Told(msgspec.Struct):
    """A body as a struct."""

    rule_id: str
    at_us: int
    used: float | None = None


def test_a_struct_reads_as_the_mapping_of_its_fields() -> None:
    assert canonical(Told("r", 5)) == canonical({"used": None, "at_us": 5, "rule_id": "r"})
    with pytest.raises(LogError, match="not finite"):
        canonical(Told("r", 5, float("nan")))


@pytest.mark.parametrize(
    "value",
    [[], {}, {"at_us": "5"}, {"at_us": 2**63}, {"at_us": 1, "event": 2},
     {"at_us": 1, "player_id": "a\0"}],
)  # fmt: skip
def test_a_body_that_cannot_be_found_again_is_refused(value: object) -> None:
    with pytest.raises(LogError):
        body_of(value)
