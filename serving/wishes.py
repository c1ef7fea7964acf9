"""Reads what a caller wants, refuses what cannot be. Way: HTTP request -> here -> the engine."""

from __future__ import annotations

from collections.abc import Iterable, Set

import msgspec
from starlette.requests import Request

from serving.auth import Scope
from serving.problems import BAD_MODELS, BAD_PLAYER_ID, BAD_REQUEST, TOO_LARGE, ProblemError
from serving.products import may_see
from serving.score import Wish

ID_LENGTH_MAX = 128
PLAYERS_MAX = 1_000
EXPLAINED_MAX = 100
BODY_BYTES_MAX = 256 * 1024
_FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a batch."""

    player_ids: list[str]
    models: list[str] | None = None
    explain: bool = False


def single_wish(request: Request, scope: Scope, known: Set[str]) -> Wish:
    """Read `GET /v1/players/{player_id}/scores?models=a,b&explain=true`."""
    query = request.query_params
    flag = query.get("explain", "").lower()
    if flag not in _FLAGS:
        raise ProblemError(BAD_REQUEST, "explain is true or false")
    asked = [name for name in query.get("models", "").split(",") if name]
    player_id = _checked_id(request.path_params["player_id"])
    return Wish((player_id,), _models(asked, scope, known), _FLAGS[flag])


async def batch_wish(request: Request, scope: Scope, known: Set[str]) -> Wish:
    """Read `POST /v1/scores`."""
    try:
        asked = msgspec.json.decode(await _body(request), type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError(BAD_REQUEST, str(error)) from error
    most = EXPLAINED_MAX if asked.explain else PLAYERS_MAX
    if not 1 <= len(asked.player_ids) <= most:
        raise ProblemError(BAD_REQUEST, f"player_ids holds 1 to {most} ids")
    ids = tuple(dict.fromkeys(map(_checked_id, asked.player_ids)))
    return Wish(ids, _models(asked.models or (), scope, known), asked.explain)


def _checked_id(player_id: str) -> str:
    if not 1 <= len(player_id) <= ID_LENGTH_MAX or not player_id.isprintable():
        raise ProblemError(BAD_PLAYER_ID, f"an id has 1 to {ID_LENGTH_MAX} printable characters")
    return player_id


def _models(asked: Iterable[str], scope: Scope, known: Set[str]) -> frozenset[str]:
    """Return what was asked for, or all in scope; out of scope and unknown are told alike."""
    visible = frozenset(n for n in known if may_see(scope, n, is_suppressed=False))
    wanted = frozenset(asked)
    if not wanted <= visible:
        raise ProblemError(BAD_MODELS, f"known to this key: {', '.join(sorted(visible))}")
    return wanted or visible


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise ProblemError(TOO_LARGE, f"at most {BODY_BYTES_MAX} bytes")
    return bytes(body)
