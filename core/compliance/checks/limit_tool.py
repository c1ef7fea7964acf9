"""How the operator names and shows the tool by which players set limits. Way: judge -> here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.offers import LimitToolPublished


class LimitTool(Parameters, frozen=True, kw_only=True):
    """Which words in a tool's name only a gross limit may bear, and how prominent it must be."""

    gross_only: tuple[str, ...]
    prominence: tuple[str, ...] = ("equal",)


def _judge(case: Case, rule: PackRule, parameters: LimitTool) -> Iterable[Finding]:
    tool: Any = case.request
    said = {"name": tool.name, "is_net": tool.is_net, "prominence": tool.prominence}
    words = " ".join(re.findall(r"\w+", tool.name.casefold()))
    if tool.is_net and any(name in words for name in parameters.gross_only):
        return (refusal(rule, "CONFIG_INVALID", "GROSS_LIMIT_REQUIRED", **said),)
    if tool.prominence not in parameters.prominence:
        return (refusal(rule, "CONFIG_INVALID", "LESS_PROMINENT", **said),)
    return ()


CHECK = Check(
    name="limit_tool",
    on=(LimitToolPublished,),
    parameters=LimitTool,
    judge=_judge,
    says="Refuses a limit tool that calls a net limit a deposit limit, or hides it.",
)
