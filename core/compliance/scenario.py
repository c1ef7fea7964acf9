"""A golden case as a file: given, asked, expected. Way: a YAML file -> here -> any house -> faults.

    case: GB-1
    title: a withdrawal does not make room under a deposit limit
    pack: GB
    switch_on: []                       # rules that ship off and are to be on here
    player: {born_on: "1996-05-01", verified: full}
    steps:
      - at: 2026-11-10 09:00            # on the pack's clock; with a Z at the end, UTC
        limit_asked: {limit: deposit, period: day, amount: "100.00"}
      - at: 2026-11-10 13:00
        deposit: {amount: "50.00"}
        expect: {decision: refuse, rule: GB-DL-1, log: [{event: DEPOSIT_REFUSED, used: "60.00"}]}

A step asks one request by its kind. Amounts are decimal text of whole currency, instants
(`..._us`) local text. `expect` names what must be so, and nothing else is looked at: `decision`,
`rule` (the binding one), `reason`, `log` (entries that must be there, in order, by some of their
fields or inputs), `no_log` (events that must not be), `duties` (kind, due). A step without
`expect` must be allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, get_args, get_type_hints

import msgspec
import yaml

from core.compliance.calendar import Zone, instant_us
from core.compliance.entry import Entry
from core.compliance.finding import Verdict
from core.compliance.pack import Pack
from core.compliance.quiet_registers import quiet_registers
from core.compliance.request import Request, request_types
from core.compliance.standing import Standing
from core.errors import SourceError
from core.ledger.units import units

_STEP = {"at", "expect", "player", "why"}


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case: its pack, its player, its steps."""

    case: str
    title: str
    pack: str
    steps: tuple[dict[str, Any], ...]
    rule: str = ""
    mark: str = ""
    switch_on: tuple[str, ...] = ()
    player: dict[str, Any] = msgspec.field(default_factory=dict)


class House(Protocol):
    """Who answers requests: a judge in memory, a desk on a database."""

    def open(self, player: str, scenario: Scenario) -> None:
        """Give a player a standing as the scenario says."""
        ...

    def ask(self, player: str, request: Request) -> tuple[Verdict, Sequence[Entry]]:
        """Answer, and return what the log says of it."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and what must follow."""

    number: int
    player: str
    request: Request
    expect: Mapping[str, Any]


def read_scenarios(path: Path) -> list[Scenario]:
    """Read the cases of a file (one, or several parted by `---`).

    Raises:
        SourceError: it is no such file; says where.
    """
    try:
        found = [part for part in yaml.safe_load_all(path.read_text()) if part is not None]
        return [msgspec.convert(part, Scenario, strict=False) for part in found]
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise SourceError(
            f"{path.name}: {error}", expected="cases as core.compliance.scenario says"
        ) from error


def steps_of(scenario: Scenario, pack: Pack) -> Iterator[Step]:
    """Yield the steps with their requests read.

    Raises:
        SourceError: a step asks nothing, or something unknown.
    """
    for number, said in enumerate(scenario.steps, 1):
        kinds = [key for key in said if key not in _STEP]
        kind = kinds[0] if len(kinds) == 1 else ""
        asked = request_types().get(kind)
        if asked is None:
            raise SourceError(f"{scenario.case}, step {number}: {kinds}", expected="one request")
        fields = {
            "at_us": _instant(said["at"], pack.zone),
            "request_id": f"{scenario.case}-{number}",
        }
        fields |= _given(asked, said[kind] or {}, pack)
        fields = _defaults(asked, fields, pack, number)
        try:
            request = msgspec.convert(fields, asked)
        except msgspec.ValidationError as error:
            raise SourceError(f"{scenario.case}, step {number}: {error}") from error
        yield Step(number, str(said.get("player", "p")), request, said.get("expect") or {})


def standing_of(scenario: Scenario, player: str, pack: Pack) -> Standing:
    """Return the standing a scenario's player begins with: grown up, verified, without limits.

    `player` in the file holds fields of `core.compliance.standing.Standing`; `marks` are instants,
    `values` amounts. Registers that the scenario does not speak of say nothing against him.

    Raises:
        SourceError: it holds something else.
    """
    said = dict(scenario.player)
    marks = {name: _instant(at, pack.zone) for name, at in said.pop("marks", {}).items()}
    values = {
        name: units(value, pack.currency) if isinstance(value, str) else value
        for name, value in said.pop("values", {}).items()
    }
    fields = {
        "player": player, "jurisdiction": pack.pack, "currency": pack.currency,
        "pseudonym": f"pseudonym-of-{player}", "born_on": "1990-01-01", "verified": "full",
        "marks": marks, "values": values, **_given(Standing, said, pack),
    }  # fmt: skip
    fields["registers"] = _registers(scenario, said.get("registers", {}), pack)
    try:
        return msgspec.convert(fields, Standing)
    except msgspec.ValidationError as error:
        raise SourceError(f"{scenario.case}: the player: {error}") from error


def faults_of(scenario: Scenario, pack: Pack, house: House) -> list[str]:
    """Play a scenario in a house; return what was not as expected, in words."""
    found: list[str] = []
    steps = list(steps_of(scenario, pack))
    for player in dict.fromkeys(step.player for step in steps):
        house.open(player, scenario)
    for step in steps:
        verdict, entries = house.ask(step.player, step.request)
        where = f"{scenario.case}, step {step.number} ({step.request.kind})"
        found += [f"{where}: {fault}" for fault in _faults(step, verdict, entries, pack)]
    return found


def _registers(
    scenario: Scenario, said: Mapping[str, Any], pack: Pack
) -> dict[str, Any]:  # fmt: skip
    """Return what registers have said; those the scenario does not speak of know nothing bad."""
    answers = (step.get("register_answered") for step in scenario.steps)
    spoken_of = {answer["register"] for answer in answers if answer} | set(said)
    return {**quiet_registers(pack, spoken_of), **said}


def _faults(
    step: Step, verdict: Verdict, entries: Sequence[Entry], pack: Pack
) -> Iterator[str]:  # fmt: skip
    expected = step.expect
    decision = expected.get("decision", "allow")
    binding = verdict.binding
    if verdict.decision != decision:
        yield f"decision {verdict.decision} ({binding}), expected {decision}"
    for name in ("rule", "reason"):
        met = getattr(binding, name, None)
        if name in expected and met != expected[name]:
            yield f"{name} {met}, expected {expected[name]}"
    yield from _faults_of_log(expected, entries)
    duties = {finding.duty: finding for finding in verdict.findings if finding.duty}
    for duty in expected.get("duties", ()):
        met_duty = duties.get(duty["kind"])
        due = _instant(duty["due"], pack.zone) if "due" in duty else None
        if met_duty is None or (due is not None and met_duty.due_us != due):
            yield f"duties {sorted(duties)}, expected {duty}"


def _faults_of_log(expected: Mapping[str, Any], entries: Sequence[Entry]) -> Iterator[str]:
    left = list(entries)
    for wanted in expected.get("log", ()):
        place = next((n for n, entry in enumerate(left) if _is_so(entry, wanted)), None)
        if place is None:
            yield f"no entry {wanted} among {[(e.event, dict(e.inputs)) for e in entries]}"
        else:
            left = left[place + 1 :]
    said = {entry.event for entry in entries}
    for event in expected.get("no_log", ()):
        if event in said:
            yield f"an entry {event}"


def _is_so(entry: Entry, wanted: Mapping[str, Any]) -> bool:
    said = {**entry.inputs, **msgspec.structs.asdict(entry)}
    return all(key in said and str(said[key]) == str(value) for key, value in wanted.items())


def _given(asked: type[Any], said: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """Read fields: text where an integer is wanted is an instant or an amount."""
    hints = get_type_hints(asked)
    return {name: _read(name, value, hints.get(name), pack) for name, value in said.items()}


def _read(name: str, value: Any, hint: Any, pack: Pack) -> Any:
    kinds = get_args(hint) or (hint,)
    if isinstance(value, datetime) and name.endswith("_us"):
        return _instant(value, pack.zone)
    if not isinstance(value, str) or int not in kinds or str in kinds:
        return value
    if name.endswith("_us"):
        return _instant(value, pack.zone)
    return units(value, pack.currency)


def _defaults(
    asked: type[Request], fields: dict[str, Any], pack: Pack, number: int
) -> dict[str, Any]:  # fmt: skip
    names = asked.__struct_fields__
    given = {
        "currency": pack.currency,
        "payment_id": f"payment-{number}",
        "bonus_id": f"b-{number}",
    }
    return {**{name: value for name, value in given.items() if name in names}, **fields}


def _instant(said: Any, zone: Zone) -> int:
    """Read `2026-11-10 09:00`, with seconds and parts of one if need be; a final Z means UTC."""
    at = said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
    return zone.instant(at) if at.tzinfo is None else instant_us(at)
