"""The routes. Way: caller -> here -> serving.engine -> caller.

Raw Starlette routes inside BentoML: its typed endpoints cost twice the time of an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from serving import problems
from serving.answers import Audience, Json
from serving.auth import HEADER, ApiKey, Scope, scope_of
from serving.engine import Engine
from serving.openapi import openapi_document
from serving.problems import ProblemError, problem_response
from serving.wishes import batch_wish, single_wish

JSON = "application/json"
# Kept by a cache only to be asked about again: an exclusion must show at once.
CACHE = {"Cache-Control": "private, no-cache", "Vary": "X-API-Key"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes need: the engine, who is known, which models there may be."""

    engine: Engine
    api_keys: tuple[ApiKey, ...]
    models: frozenset[str]
    currency: str


Handler = Callable[[Request], Awaitable[Response]]
DeskHandler = Callable[[Desk, Request], Awaitable[Response]]


@dataclass(slots=True)
class Door:
    """Holds the desk once the service has started; before that every route answers 503."""

    desk: Desk | None = None

    def app(self) -> Starlette:
        """Return the application; it does nothing until the desk is there."""
        routes = [
            Route("/v1/players/{player_id}/scores", self._told("player", self._player)),
            Route("/v1/scores", self._told("batch", self._batch), methods=["POST"]),
            Route("/metrics", self._metrics),
            Route("/openapi.json", self._openapi),
            Route("/docs", _docs),
        ]
        handlers = {HTTPException: _refused, Exception: _broken}
        return Starlette(routes=routes, exception_handlers=handlers)

    def _told(
        self, endpoint: str, handler: Callable[[Desk, Request], Awaitable[Response]]
    ) -> Handler:
        async def told(request: Request) -> Response:
            if self.desk is None:
                return problem_response(problems.NO_CHAMPION)
            metrics = self.desk.engine.metrics
            with metrics.timed("total"):
                try:
                    response = await handler(self.desk, request)
                except ProblemError as error:
                    response = problem_response(error.problem, error.detail)
            metrics.requests.labels(endpoint, str(response.status_code)).inc()
            return response

        return told

    @staticmethod
    async def _player(desk: Desk, request: Request) -> Response:
        scope = _scope(desk, request)
        wish = single_wish(request, scope, desk.models)
        audience = Audience(scope, wish.models, desk.currency, wish.explain)
        engine = desk.engine
        answers = await engine.answers(wish, audience, lane=engine.single)
        if not answers:
            raise ProblemError(problems.UNKNOWN_PLAYER)
        return _tagged(request, answers[wish.player_ids[0]])

    @staticmethod
    async def _batch(desk: Desk, request: Request) -> Response:
        scope = _scope(desk, request)
        wish = await batch_wish(request, scope, desk.models)
        audience = Audience(scope, wish.models, desk.currency, wish.explain)
        engine = desk.engine
        answers = await engine.answers(wish, audience, lane=engine.batch)
        unknown = [player_id for player_id in wish.player_ids if player_id not in answers]
        body = {"scores": list(answers.values()), "unknown": unknown}
        return Response(orjson.dumps(body), 200, {"Cache-Control": "no-store"}, JSON)

    async def _metrics(self, _: Request) -> Response:
        text = b"" if self.desk is None else self.desk.engine.metrics.text()
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _openapi(self, _: Request) -> Response:
        return Response(openapi_document(), media_type=JSON)


def _scope(desk: Desk, request: Request) -> Scope:
    scope = scope_of(request.headers.get(HEADER, ""), desk.api_keys)
    if scope is None:
        raise ProblemError(problems.UNAUTHORIZED)
    return scope


def _tagged(request: Request, answer: Json) -> Response:
    tag = f'"{hashlib.blake2b(orjson.dumps(_said(answer)), digest_size=12).hexdigest()}"'
    headers = {**CACHE, "ETag": f"W/{tag}"}
    held = request.headers.get("if-none-match", "").split(",")
    if tag in {one.strip().removeprefix("W/") for one in held}:
        return Response(status_code=304, headers=headers)
    return Response(orjson.dumps(answer), 200, headers, JSON)


def _said(answer: Json) -> Json:
    """Return what an answer says but for its instant, which live features move with every question.

    Hence the tag is a weak one: a caller told "not modified" keeps the same scores and the earlier
    instant they held at, which is still true. Whether they may be told was asked before this.
    """
    return {name: value for name, value in answer.items() if name != "features_as_of"}


async def _docs(_: Request) -> Response:
    return RedirectResponse("/openapi.json")


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kinds = {404: problems.NOT_FOUND, 405: problems.METHOD}
    return problem_response(kinds.get(status, problems.BAD_REQUEST))


async def _broken(_: Request, __: Exception) -> Response:
    return problem_response(problems.BROKEN)
