"""Errors as the wire tells them: RFC 9457 problem+json. Way: any stage -> here -> HTTP."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.responses import Response

RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of refusal; `code` is what a program reads, `title` what a person reads."""

    status: int
    code: str
    title: str
    is_passing: bool = False


UNAUTHORIZED = Problem(401, "unauthorized", "A known key is needed in X-API-Key")
BAD_REQUEST = Problem(400, "bad_request", "The request cannot be read")
BAD_PLAYER_ID = Problem(400, "bad_player_id", "The player id cannot be one")
BAD_MODELS = Problem(400, "bad_models", "A model is unknown or not in the scope of the key")
TOO_LARGE = Problem(413, "too_large", "The body is too large")
UNKNOWN_PLAYER = Problem(404, "unknown_player", "No such player")
NOT_FOUND = Problem(404, "not_found", "No such page")
METHOD = Problem(405, "method_not_allowed", "Not this method here")
NO_CHAMPION = Problem(503, "no_champion", "No model answers now", is_passing=True)
STORE_DOWN = Problem(503, "store_down", "Features cannot be read now", is_passing=True)
TOO_SLOW = Problem(503, "too_slow", "No answer in time, and none known before", is_passing=True)
BROKEN = Problem(500, "internal", "The service failed")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        self.problem, self.detail = problem, detail
        super().__init__(detail or problem.title)


def problem_response(problem: Problem, detail: str = "") -> Response:
    """Return the response; what passes says when to ask again, and nothing is cached."""
    body = {"type": f"urn:evenhand:problem:{problem.code}", "title": problem.title,
            "status": problem.status, "code": problem.code}  # fmt: skip
    headers = {"Cache-Control": "no-store"}
    if problem.is_passing:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if detail:
        body["detail"] = detail
    return Response(
        orjson.dumps(body), problem.status, headers, media_type="application/problem+json"
    )
