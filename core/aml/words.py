"""What a person may write at the desk. Way: verbs -> here -> desk, drafts, access.

Words are kept for years and shown on terminals and pages: they hold something, have an end, and
carry nothing that moves a cursor or that a database refuses.
"""

from __future__ import annotations

from unicodedata import category

from core.errors import EvenhandError

WORDS_MOST = 10_000
NAME_MOST = 200
_STRANGE = frozenset({"Cc", "Cs", "Cf"})


class WordsError(EvenhandError):
    """Words that cannot be kept as they are."""


def check_words(said: str, what: str) -> None:
    """Check a reason, a note.

    >>> check_words(" ", "a reason")
    Traceback (most recent call last):
    core.aml.words.WordsError: a reason without a word - expected a sentence

    Raises:
        WordsError: it is blank, too long, or has characters that are not for reading.
    """
    if not said.strip():
        raise WordsError(f"{what} without a word", expected="a sentence")
    if len(said) > WORDS_MOST:
        raise WordsError(f"{what} of {len(said)} characters", expected=f"at most {WORDS_MOST}")
    if any(category(sign) in _STRANGE and sign not in "\n\t" for sign in said):
        raise WordsError(f"{what} with control characters", expected="plain text")


def check_name(said: str, what: str) -> None:
    """Check a name or number: one line, not long.

    Raises:
        WordsError: as `check_words`, or it goes over several lines.
    """
    check_words(said, what)
    if len(said) > NAME_MOST or not said.isprintable():
        raise WordsError(f"{what} of {len(said)} characters", expected="one short line")
