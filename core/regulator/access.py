"""A regulator's question answered, and written down first. Way: app, verb -> here -> shelf, log.

    GET /v1/packs                              what this key reads
    GET /v1/<pack>/reports                     the reports there are
    GET /v1/<pack>/reports/<id>/<file>         a file of one
    GET /v1/<pack>/export                      the chain of files
    GET /v1/<pack>/records?kind=&day=&player=&after=&limit=
    GET /v1/<pack>/log?after=&limit=           entries of the pack's log
    GET /v1/<pack>/log/verify                  is all of it as it was written?

Every question of a known key is an entry of the chain `access:<pack>` before it is answered; if
that cannot be written there is no answer. What a key does not read does not exist for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from core.audit.append import append
from core.audit.opening import appending, looking
from core.clock import Clock
from core.compliance.calendar import instant_us
from core.errors import EvenhandError, NotReadyError, SourceError
from core.regulator.keys import Credential, credential_of
from core.regulator.log_pages import log_page, verdict
from core.regulator.shelf import Looked, Shelf

MOST, USUAL = 1_000, 100
_FORMS = {
    "kind": r"[a-z_]{1,40}", "day": r"\d{4}-\d{2}-\d{2}", "player": r"[0-9a-f]{32}",
    "limit": r"[1-9]\d{0,3}", "after": r"\d{1,12}(\.\d{1,12})?",
}  # fmt: skip


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Access:
    """Answers questions. `named` gives a player's pseudonym within a pack.

    `shows_names` names the packs whose regulator may see players' ids.
    """

    root: Path
    log_url: str
    known: tuple[Credential, ...]
    clock: Clock
    named: Callable[[str, str], str]
    shows_names: frozenset[str] = frozenset()

    def answer(self, key: str, method: str, path: str, query: str = "") -> Answer:
        """Answer one question."""
        who = credential_of(key, self.known, self.clock.now().date())
        if who is None:
            return _said(401, "no key, or one that is over", "authorization: Bearer ...")
        parts = path.strip("/").split("/")
        pack = parts[1] if len(parts) > 1 and parts[1] in who.packs else ""
        is_asked = method == "GET" and (bool(pack) or parts == ["v1", "packs"])
        try:
            self._note(who, pack or who.packs[0], (method, path, query), is_asked=is_asked)
        except EvenhandError:
            return _said(503, "the query cannot be written down", "ask again later")
        if method != "GET":
            return _said(405, "only reading", "GET")
        if not is_asked:
            return _said(404, "no such thing", "see docs/regulator.md")
        return self._safely(who, pack, parts[2:], query)

    def _note(
        self, who: Credential, pack: str, asked: tuple[str, str, str], *, is_asked: bool
    ) -> None:
        method, path, query = (_plain(text) for text in asked)
        body = {
            "at_us": instant_us(self.clock.now()), "who": who.label, "key": who.digest[:12],
            "event": "REGULATOR_QUERY" if is_asked else "REGULATOR_REFUSED",
            "method": method, "path": path, "query": query,
        }  # fmt: skip
        with appending(self.log_url) as connection:
            append(connection, f"access:{pack}", [body])

    def _safely(self, who: Credential, pack: str, rest: list[str], query: str) -> Answer:
        try:
            if not pack:
                return _told({"packs": list(who.packs), "until": who.until.isoformat()})
            return self._of_pack(pack, rest, _fields(query))
        except SourceError as error:
            return _said(409, error.met, error.hint)
        except NotReadyError as error:
            return _said(404, error.met, "see docs/regulator.md")
        except (ValueError, KeyError, OSError, EvenhandError):
            return _said(400, "what cannot be asked so", "see docs/regulator.md")

    def _of_pack(self, pack: str, rest: list[str], fields: dict[str, str]) -> Answer:
        shelf = Shelf(self.root, pack, pack in self.shows_names)
        match rest:
            case ["reports"]:
                return _told({"reports": shelf.reports()})
            case ["reports", report, name]:
                kind = "text/html" if name.endswith(".html") else "text/csv"
                return Answer(200, shelf.report_file(report, name), f"{kind}; charset=utf-8")
            case ["export"]:
                after, most = int(fields.get("after", "0")), _most(fields)
                entries = [one for one in shelf.chain() if one["seq"] > after][:most]
                return _told({"entries": entries})
            case ["records"]:
                found, cursor = shelf.records(_looked(fields))
                return _told({"records": found, "after": cursor})
            case ["log"]:
                return self._log(pack, fields)
            case ["log", "verify"]:
                with looking(self.log_url) as connection:
                    return _told(verdict(connection, f"rg:{pack}"))
        raise NotReadyError("no such thing")

    def _log(self, pack: str, fields: dict[str, str]) -> Answer:
        named = (lambda one: one) if pack in self.shows_names else lambda one: self.named(pack, one)
        with looking(self.log_url) as connection:
            page = log_page(
                connection, f"rg:{pack}", int(fields.get("after", "0")), _most(fields), named
            )
        return _told({"entries": page})


def _fields(query: str) -> dict[str, str]:
    """Read a query: only fields there are, each once and of its form."""
    found = {}
    for name, values in parse_qs(query, keep_blank_values=True, strict_parsing=bool(query)).items():
        if name not in _FORMS or len(values) > 1 or not re.fullmatch(_FORMS[name], values[0], re.A):
            raise ValueError(name)
        found[name] = values[0]
    _most(found)
    return found


def _most(fields: dict[str, str]) -> int:
    most = int(fields.get("limit", USUAL))
    if most > MOST:
        raise ValueError("limit")
    return most


def _looked(fields: dict[str, str]) -> Looked:
    seq, _, number = fields.get("after", "0.0").partition(".")
    return Looked(
        fields["kind"], _most(fields), fields.get("day", ""), fields.get("player", ""),
        (int(seq), int(number or 0)),
    )  # fmt: skip


def _plain(text: str) -> str:
    return text[:500].encode("ascii", "backslashreplace").decode("ascii")


def _told(value: Any) -> Answer:
    return Answer(200, msgspec.json.encode(value))


def _said(status: int, met: str, expected: str) -> Answer:
    return Answer(status, msgspec.json.encode({"error": met, "expected": expected}))
