"""Which record is of which classes, and how it ends. Way: here -> judging, pages.

A record of several classes is kept as long as the longest of them asks; one class whose term is
unknown keeps it. What says whose player somebody is and when he left is kept until all else went.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.compliance.parts import RecordClass
from core.events.fact import Fact
from core.events.registry import facts

Ending = Literal["key destroyed", "anonymised", "link destroyed", "not ended yet"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of record: where it is, its classes, from what instant terms count, how it ends."""

    name: str
    store: str
    classes: tuple[RecordClass, ...]
    dated_by: str
    ending: Ending
    note: str = ""


_LANDED = "landed facts"
_OF_FAMILY: dict[str, tuple[RecordClass, ...]] = {
    "bonus": ("payments", "play"),
    "crm": ("consents",),
    "decision": ("rg_log",),
    "device": ("identity", "aml"),
    "game": ("play",),
    "kyc": ("identity", "aml"),
    "limit": ("rg_log",),
    "payment": ("payments", "aml"),
    "player": ("identity", "rg_log"),
    "session": ("play", "rg_log"),
    "support": ("rg_log",),
}
_ALL_LANDED: tuple[RecordClass, ...] = (
    "identity", "payments", "play", "aml", "rg_log", "exclusions", "consents",
)  # fmt: skip
_OF_FACT: dict[str, tuple[RecordClass, ...]] = {
    "player_closed": _ALL_LANDED,
    "player_consents_changed": ("consents",),
    "player_exclusion_ended": ("exclusions", "rg_log"),
    "player_registered": _ALL_LANDED,
    "player_self_excluded": ("exclusions", "rg_log"),
    "player_timed_out": ("exclusions", "rg_log"),
}
OF_NOBODY = frozenset({"live"})
"""Families whose subject is a table, no player."""
OF_VAULT: tuple[RecordClass, ...] = ("identity", "aml")
_NONE: Ending = "not ended yet"
OTHERS = (
    Kind("document, check, declaration, person", "KYC vault", OF_VAULT,
         "put, or the end of the relationship", "key destroyed", "the blob goes, too"),
    Kind("pseudonym of a player", "KYC vault", OF_VAULT, "his last record's end",
         "link destroyed", "then the chain `kyc:<region>` leads to nobody"),
    Kind("accounts and movements", "ledger", ("payments", "play", "tax", "aml"),
         "the movement", _NONE, "append-only; its player ids stay, there is no link to cut"),
    Kind("standing", "ledger", ("identity", "rg_log"), "the end of the relationship", _NONE,
         "holds the pseudonym of the chain `rg:<pack>`: cutting it would end that link"),
    Kind("decisions", "chain rg:<pack>", ("rg_log", "exclusions"), "the entry", _NONE,
         "append-only; players stand there under pseudonyms"),
    Kind("looks and changes", "chain kyc:<region>", ("identity", "aml"), "the entry",
         "link destroyed", "append-only; players stand there under pseudonyms"),
    Kind("alerts, cases, drafts", "AML desk", ("aml",), "the case's decision", _NONE,
         "append-only; read by its own people only"),
    Kind("exclusions", "register states, rg state", ("exclusions", "rg_log"),
         "the exclusion's end", _NONE),
    Kind("events", "event log", _ALL_LANDED, "the event", _NONE,
         "cut by the log's own term; landed events keep their ids"),
    Kind("states, snapshots, online vectors", "features", ("play", "payments"), "the newest fact",
         _NONE, "made anew from landed facts: rebuild them after a run"),
)  # fmt: skip


def classes_of_fact(name: str, fact: type[Fact]) -> tuple[RecordClass, ...]:
    """Return the classes of a landed fact; none for one of nobody.

    >>> from core.events.registry import facts
    >>> classes_of_fact("deposit_approved", facts()["deposit_approved"])
    ('payments', 'aml')
    """
    if fact.family in OF_NOBODY:
        return ()
    return _OF_FACT.get(name, _OF_FAMILY[fact.family])


def kinds() -> tuple[Kind, ...]:
    """Return every sort of record the platform has."""
    landed = tuple(
        Kind(name, _LANDED, classes_of_fact(name, fact), "known, or the end of the relationship",
             "anonymised")
        for name, fact in sorted(facts().items()) if fact.family not in OF_NOBODY
    )  # fmt: skip
    return OTHERS + landed
