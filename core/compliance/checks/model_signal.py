"""A model's score blocks nobody: a message is shown and a person looks. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.protection import ModelSignal


class Signal(Parameters, frozen=True, kw_only=True):
    """The message the player is shown, by its name; "" shows none."""

    message: str = "care"


def _judge(case: Case, rule: PackRule, parameters: Signal) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, ModelSignal):
        return
    due_us = case.later(rule.action.deadline) if rule.action.deadline else None
    said = {
        "model": request.model, "model_version": request.model_version,
        "score": f"{request.score_e6 // 10**6}.{request.score_e6 % 10**6:06d}",
    }  # fmt: skip
    yield Finding(
        rule.id, Effect.DUTY, "MODEL_SIGNAL", "", said, duty=rule.action.duty or "model_review",
        due_us=due_us,
    )  # fmt: skip
    if parameters.message:
        yield Finding(
            rule.id, Effect.NOTIFY, "PLAYER_MESSAGE", "CARE_MESSAGE",
            {"message": parameters.message, "may_contest": True},
        )  # fmt: skip


CHECK = Check(
    "model_signal", (ModelSignal,), Signal, _judge,
    says="A model's signal shows the player a message and gives staff a task; it refuses nothing.",
)  # fmt: skip
