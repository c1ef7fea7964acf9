"""Every error of the project, one tree. Way: raised anywhere, met at the edge (CLI, HTTP).

    EvenhandError
    ├── EventError          an event breaks the contract (goes to the dead letter, never lost)
    ├── MoneyError          an amount, rate or currency that is none, or two currencies mixed
    ├── SourceError         an import file or column map cannot be read as declared
    ├── DeclarationError    a view, card, rule or adapter is declared wrongly
    ├── LogError            the event log cannot keep, or no longer holds, what was asked
    ├── LeakError           a feature would read what must not be read (truth, labels, future)
    ├── AcceptanceError     a model does not meet its card
    └── NotReadyError       a step was asked for before the step it needs

A message says what was met, what was expected, and what to do.
"""

from __future__ import annotations


class EvenhandError(Exception):
    """Base of all; `str()` is `<met> - expected <expected>. Hint: <hint>`."""

    def __init__(self, met: str, *, expected: str = "", hint: str = "") -> None:
        self.met, self.expected, self.hint = met, expected, hint
        text = met
        if expected:
            text += f" - expected {expected}"
        if hint:
            text += f". Hint: {hint}"
        super().__init__(text)


class EventError(EvenhandError):
    """An event that breaks the contract."""


class MoneyError(EvenhandError):
    """An amount, rate or currency that is none, or two currencies mixed."""


class SourceError(EvenhandError):
    """An import that cannot be read as declared."""


class DeclarationError(EvenhandError):
    """A declaration that does not hold together."""


class LogError(EvenhandError):
    """The event log cannot keep, or no longer holds, what was asked."""


class LeakError(EvenhandError):
    """A feature that would read what must not be read."""


class AcceptanceError(EvenhandError):
    """A model that does not meet its card."""


class NotReadyError(EvenhandError):
    """A step asked for before the one it needs."""
