"""What the log says of a decision. Way: verdict -> here -> core.audit chains it.

One entry for every finding, and one for every wish that was granted without any; stakes that were
granted without a finding are in the ledger with the pack that let them pass. Players are named by
their pseudonym. Instants stand in UTC and on the pack's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from core.compliance.calendar import Zone
from core.compliance.check import Case
from core.compliance.finding import Finding, Verdict
from core.compliance.requests.money import Stake
from core.compliance.standing import Standing


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, before it is chained.

    `inputs` is what the rule saw; amounts are decimal text, instants local ISO 8601. `request` is
    the request as it came and `standing_hash` names what was known of the player before, so that
    it can be judged again.
    """

    at_us: int
    ts_utc: str
    ts_local: str
    tz: str
    player_id: str
    jurisdiction: str
    pack_id: str
    pack_version: str
    pack_hash: str
    rule_id: str
    effect: str
    event: str
    inputs: Mapping[str, Any]
    decision: str
    reason_code: str
    actor: str
    staff_id: str
    correlation_id: str
    request: Mapping[str, Any]
    standing_hash: str


def entries_of(case: Case, verdict: Verdict, correlation_id: str = "") -> Iterator[Entry]:
    """Yield what the log is to say of a verdict."""
    for finding in verdict.findings:
        yield _entry(case, verdict, finding, correlation_id)
    is_quiet = isinstance(case.request, Stake) or not case.request.is_wish
    if not verdict.findings and not is_quiet:
        yield _entry(case, verdict, None, correlation_id)


def standing_hash(standing: Standing) -> str:
    """Return what names a standing: a hash of its bytes."""
    return sha256(msgspec.json.encode(standing)).hexdigest()


def utc_text(at_us: int) -> str:
    """Write an instant in UTC, to the microsecond.

    >>> utc_text(0)
    '1970-01-01T00:00:00.000000Z'
    """
    return Zone("UTC").local(at_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _entry(
    case: Case, verdict: Verdict, finding: Finding | None, correlation_id: str
) -> Entry:  # fmt: skip
    request, standing = case.request, case.standing
    pack_id, _, pack_version = verdict.pack.partition("@")
    hidden = ("room_units",)
    inputs = {k: v for k, v in (finding.inputs if finding else {}).items() if k not in hidden}
    if finding is not None and finding.until_us is not None:
        inputs["until"] = case.local(finding.until_us)
    if finding is not None and finding.duty:
        inputs["duty"] = finding.duty
        inputs["due"] = None if finding.due_us is None else case.local(finding.due_us)
    return Entry(
        at_us=case.at_us, ts_utc=utc_text(case.at_us), ts_local=case.local(case.at_us),
        tz=case.pack.timezone, player_id=standing.pseudonym, jurisdiction=standing.jurisdiction,
        pack_id=pack_id, pack_version=pack_version, pack_hash=verdict.pack_hash,
        rule_id=finding.rule if finding else "", effect=finding.effect if finding else "",
        event=finding.event if finding else f"{request.kind.upper()}_ALLOWED", inputs=inputs,
        decision=verdict.decision, reason_code=finding.reason if finding else "",
        actor=request.actor, staff_id=request.staff_id,
        correlation_id=correlation_id or request.request_id,
        request=msgspec.to_builtins(request), standing_hash=standing_hash(standing),
    )  # fmt: skip
