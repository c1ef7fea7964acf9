"""A regulator sees his jurisdiction alone, without names; each question is written down first."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.append import append
from core.audit.opening import appending, looking
from core.audit.tables import ENTRY
from core.clock import FixedClock
from core.errors import NotReadyError
from core.regulator.access import Access
from core.regulator.app import RegulatorApp
from core.regulator.keys import Credential, digest_of, give_key, read_credentials
from tests.core.audit.logs import new_log

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100"))
PACKS = ("GB", "MT")
CLOCK = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))
KEYS = {"GB": "key of GB", "MT": "key of MT", "over": "key that is over"}
KNOWN = (
    Credential("commission", digest_of(KEYS["GB"]), ("GB",), date(2026, 11, 1)),
    Credential("authority", digest_of(KEYS["MT"]), ("MT",), date(2027, 1, 1)),
    Credential("old", digest_of(KEYS["over"]), ("GB",), date(2026, 10, 31)),
)
PATHS = (
    "reports", "reports/ggr-2026-10/total.csv", "export", "records?kind=round",
    "records?kind=round&day=2026-10-05", "log", "log/verify",
)  # fmt: skip


def _made(root: Path, pack: str) -> None:
    report = root / pack / "reports" / "ggr-2026-10"
    report.mkdir(parents=True)
    told = f"period,ggr\n2026-10,secret of {pack}\n".encode()
    (report / "total.csv").write_bytes(told)
    files = [{"name": "total.csv", "sha256": sha256(told).hexdigest()}]
    manifest = {"pack": pack, "has_players": False, "files": files, "said": f"secret of {pack}"}
    (report / "manifest.json").write_text(json.dumps(manifest))
    named = root / pack / "reports" / "winnings-2026-10"
    named.mkdir()
    (named / "manifest.json").write_text(json.dumps({"pack": pack, "has_players": True}))
    export = root / pack / "export"
    (export / "round").mkdir(parents=True)
    entries = []
    for seq, day in enumerate(("2026-10-05", "2026-10-06"), 1):
        lines = [
            {"kind": "round", "key": f"secret of {pack} {n}", "body": {"player": f"{n % 3:032x}"}}
            for n in range(5)
        ]
        told = gzip.compress("\n".join(map(json.dumps, lines)).encode(), mtime=0)
        (export / "round" / f"{day}.ndjson.gz").write_bytes(told)
        entries.append({"seq": seq, "kind": "round", "day": day, "file": f"round/{day}.ndjson.gz",
                        "sha256": sha256(told).hexdigest()})  # fmt: skip
    (export / "chain.json").write_text(json.dumps({"pack": pack, "entries": entries}))


def _filled(url: str) -> str:
    new_log(url)
    with appending(url) as connection:
        for pack in PACKS:
            append(connection, f"rg:{pack}", [
                {"at_us": n, "player_id": "player-77", "event": "LIMIT_SET",
                 "why": f"secret of {pack}, asked by player-77"} for n in range(4)
            ])  # fmt: skip
    return url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def access(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Access:
    folder = tmp_path_factory.mktemp("regulator")
    for pack in PACKS:
        _made(folder / "shelf", pack)
    url = f"sqlite:///{folder / 'log.sqlite'}"
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_url")
        name = f"regulator_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = server.rsplit("/", 1)[0] + f"/{name}"
    return Access(folder / "shelf", _filled(url), KNOWN, CLOCK, lambda pack, p: f"{pack}~{p[::-1]}")


def _asked(access: Access, key: str, pack: str, path: str, method: str = "GET") -> Any:
    path, _, query = path.partition("?")
    return access.answer(KEYS.get(key, key), method, f"/v1/{pack}/{path}", query)


def _log(access: Access, chain: str) -> list[dict[str, Any]]:
    with looking(access.log_url) as connection:
        rows = connection.execute(
            select(ENTRY.c.body).where(ENTRY.c.chain == chain).order_by(ENTRY.c.seq)
        )
        return [json.loads(row[0]) for row in rows]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("pack", PACKS)
def test_a_key_sees_its_own_jurisdiction_and_nothing_of_another(
    access: Access, pack: str, path: str
) -> None:
    other = PACKS[1 - PACKS.index(pack)]

    mine, theirs = _asked(access, pack, pack, path), _asked(access, pack, other, path)

    assert mine.status == 200
    assert f"secret of {other}".encode() not in mine.body
    assert theirs.status == 404
    assert theirs == _asked(access, pack, "XX", path)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pack=st.sampled_from(["GB", "MT", "..", "XX", ""]),
    parts=st.lists(
        st.sampled_from(["reports", "ggr-2026-10", "total.csv", "export", "records", "log",
                         "verify", "..", "MT", "%2e%2e", "GB", "", "chain.json"]) | st.text(max_size=8),  # noqa: E501 - one list
        max_size=5,
    ),
    query=st.sampled_from(["", "kind=round", "after=1", "limit=5"]) | st.text(max_size=20),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
)  # fmt: skip
def test_no_question_of_one_jurisdictions_key_tells_of_another(
    access: Access, pack: str, parts: list[str], query: str, method: str
) -> None:
    path = "/v1/" + "/".join([pack, *parts])

    answer = access.answer(KEYS["GB"], method, path, query)

    assert b"secret of MT" not in answer.body
    assert answer.status in (200, 400, 404, 405, 409)
    if method != "GET":
        assert answer.status == 405


@pytest.mark.parametrize("key", ["", "wrong", "over"])
def test_without_a_key_that_holds_today_nobody_is_answered(access: Access, key: str) -> None:
    assert _asked(access, key, "GB", "reports").status == 401


def test_a_question_is_written_down_with_who_asked_what(access: Access) -> None:
    _asked(access, "GB", "GB", "records?kind=round&limit=2")
    _asked(access, "GB", "MT", "reports")

    asked, refused = _log(access, "access:GB")[-2:]

    assert (asked["event"], asked["who"]) == ("REGULATOR_QUERY", "commission")
    assert (asked["path"], asked["query"]) == ("/v1/GB/records", "kind=round&limit=2")
    assert (refused["event"], refused["path"]) == ("REGULATOR_REFUSED", "/v1/MT/reports")


def test_what_cannot_be_written_down_is_not_answered(access: Access, tmp_path: Path) -> None:
    blind = Access(access.root, f"sqlite:///{tmp_path / 'none.sqlite'}", KNOWN, CLOCK, access.named)

    answer = _asked(blind, "GB", "GB", "reports")

    assert answer.status == 503
    assert b"secret" not in answer.body


def test_records_come_in_pages_that_meet(access: Access) -> None:
    found, after = [], "0"
    for _ in range(9):
        said = json.loads(
            _asked(access, "GB", "GB", f"records?kind=round&limit=3&after={after}").body
        )
        found += said["records"]
        after = said["after"]
        if not after:
            break

    assert len(found) == 10


def test_records_of_a_pseudonym_are_his(access: Access) -> None:
    player = f"{1:032x}"

    said = json.loads(_asked(access, "GB", "GB", f"records?kind=round&player={player}").body)

    assert {one["body"]["player"] for one in said["records"]} == {player}
    assert len(said["records"]) == 4


def test_the_log_is_shown_without_players_ids_and_says_that_it_is_sound(access: Access) -> None:
    answer = _asked(access, "GB", "GB", "log?after=1&limit=2")

    entries = json.loads(answer.body)["entries"]
    assert [one["seq"] for one in entries] == [2, 3]
    assert all(one["is_sound"] for one in entries)
    assert b"player-77" not in answer.body
    assert entries[0]["player"] == entries[0]["body"]["player_id"] == "GB~77-reyalp"
    assert json.loads(_asked(access, "GB", "GB", "log/verify").body) == {"is_sound": True}


def test_reports_that_name_players_are_shown_only_where_names_may_be(access: Access) -> None:
    open_access = Access(access.root, access.log_url, KNOWN, CLOCK, access.named, frozenset({"GB"}))

    hidden = json.loads(_asked(access, "GB", "GB", "reports").body)["reports"]
    shown = json.loads(_asked(open_access, "GB", "GB", "reports").body)["reports"]

    assert list(hidden) == ["ggr-2026-10"]
    assert list(shown) == ["ggr-2026-10", "winnings-2026-10"]
    assert b"player-77" in _asked(open_access, "GB", "GB", "log").body


@pytest.mark.parametrize(
    "query",
    ["kind=round&limit=0", "kind=round&limit=1001", "kind=round&limit=-1", "kind=../x", "day=x",
     "kind=round&kind=round", "kind=round&player=p1", "kind=round&after=1.2.3", "other=1", "",
     "kind=round&limit=99999", "kind=round&day=%00", "kind=r%C3%B6und"],
)  # fmt: skip
def test_a_hostile_query_is_refused(access: Access, query: str) -> None:
    assert _asked(access, "GB", "GB", f"records?{query}").status == 400


def test_a_file_that_was_changed_is_refused(access: Access, tmp_path: Path) -> None:
    _made(tmp_path, "GB")
    (tmp_path / "GB/reports/ggr-2026-10/total.csv").write_text("other")
    (tmp_path / "GB/export/round/2026-10-05.ndjson.gz").write_bytes(gzip.compress(b"{}"))
    changed = Access(tmp_path, access.log_url, KNOWN, CLOCK, access.named)

    for path in ("reports/ggr-2026-10/total.csv", "records?kind=round"):
        assert _asked(changed, "GB", "GB", path).status == 409


def test_a_key_is_shown_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    key = give_key(path, "commission", ("GB",), date(2027, 1, 1))

    assert key not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert [one.digest for one in read_credentials(path)] == [digest_of(key)]
    path.chmod(0o666)
    with pytest.raises(NotReadyError, match="written by others"):
        read_credentials(path)


def test_the_door_passes_on_what_was_asked_and_refuses_to_write(access: Access) -> None:
    def asked(method: str, path: str, key: bytes) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        with ThreadPoolExecutor(1) as threads:
            scope = {"type": "http", "method": method, "path": path, "query_string": b"limit=\xff",
                     "headers": [(b"authorization", b"Bearer " + key)]}  # fmt: skip
            asyncio.run(RegulatorApp(access, threads)(scope, receive, send))
        return sent[0]["status"], sent[1]["body"]

    key = KEYS["GB"].encode()
    assert asked("GET", "/v1/packs", key)[0] == 200
    assert asked("GET", "/v1/GB/reports", key)[0] == 400
    assert asked("POST", "/v1/GB/reports", key)[0] == 405
    assert asked("GET", "/v1/GB/reports", b"\xff\xfe")[0] == 401
    assert asked("GET", "/healthz", b"")[0] == 200
