"""What `evenhand regulator` does. Way: command line -> here -> core.regulator -> the regulator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich import get_console
from rich.text import Text

from core.clock import SystemClock
from core.compliance.load import packs
from core.errors import NotReadyError
from core.regulator.access import Access, Answer
from core.regulator.keys import give_key, read_credentials
from core.settings import settings_from
from pipelines.ledger_verbs import ledger_url
from pipelines.reporting.making import pack_named
from pipelines.reporting.pseudonyms import key_file, key_of, pseudonym

KEYS, KEY = "EVENHAND_REGULATOR_KEYS", "EVENHAND_REGULATOR_KEY"


def credentials_file() -> Path:
    """Return where the credentials lie: as the setting says, else in the home."""
    return Path(os.environ.get(KEYS) or settings_from().home / "regulator_keys.json")


def make_key(places: Sequence[str], label: str, until: datetime) -> None:
    """Make a key, and show it once."""
    named = tuple(pack_named(place).pack for place in places)
    key = give_key(credentials_file(), label, named, until.date())
    console = get_console()
    console.print(Text(key), soft_wrap=True)
    told = f"shown once; reads {', '.join(named)} until {until.date()}, as {label}"
    console.print(Text(told), soft_wrap=True)


def access_at(ledger: str) -> Access:
    """Return what answers a regulator: shelf in the home, log in the ledger's database."""
    path = key_file(os.environ)

    def named(pack: str, player: str) -> str:
        return pseudonym(key_of(path, pack), player)

    shown = frozenset(
        name for name, pack in packs().items()
        if pack.shows_names or any(feed.shows_names for feed in pack.feeds.values())
    )  # fmt: skip
    return Access(
        settings_from().home / "regulator", ledger_url(ledger),
        read_credentials(credentials_file()), SystemClock(), named, shown,
    )  # fmt: skip


def ask(ledger: str, question: str) -> bool:
    """Ask as a regulator would, and print the answer; say whether there was one."""
    path, _, query = question.partition("?")
    answer: Answer = access_at(ledger).answer(os.environ.get(KEY, ""), "GET", f"/v1/{path}", query)
    get_console().print(Text(answer.body.decode("utf-8", "replace")), soft_wrap=True)
    return answer.status == 200


def serve(ledger: str, host: str, port: int) -> None:
    """Serve until stopped.

    Raises:
        NotReadyError: there is no key, so nobody could ask.
    """
    from concurrent.futures import ThreadPoolExecutor

    import uvicorn

    from core.regulator.app import RegulatorApp

    access = access_at(ledger)
    if not access.known:
        raise NotReadyError("no regulator has a key", hint="`evenhand regulator key` makes one")
    with ThreadPoolExecutor(4, "regulator") as threads:
        get_console().print(f"http://{host}:{port}/v1/packs")
        uvicorn.run(
            RegulatorApp(access, threads), host=host, port=port, log_level="warning",
            access_log=False,
        )  # fmt: skip
