"""What an operator says beside a pack, as data. Way: his file -> here -> overlaid -> Pack."""

from __future__ import annotations

from typing import Any

import msgspec

from core.compliance.marks import Strict
from core.compliance.measure import Window
from core.compliance.parts import Retention


class Overlay(Strict, frozen=True, kw_only=True):
    """What an operator knows better than a pack; `name` says who says so and by what right.

    `switched_on` names rules that ship off and that he has confirmed for himself; `switched_off`
    rules he does without, each with its reason; `with_` parameters by rule id that take the place
    of the pack's; `windows` the windows he chose where a rule leaves the choice; `retention`
    further claims on records, of which the longest still wins.
    """

    pack: str
    name: str
    switched_on: tuple[str, ...] = ()
    switched_off: dict[str, str] = msgspec.field(default_factory=dict)
    with_: dict[str, dict[str, Any]] = msgspec.field(name="with", default_factory=dict)
    windows: dict[str, Window] = msgspec.field(default_factory=dict)
    retention: tuple[Retention, ...] = ()
