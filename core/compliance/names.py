"""Whether two spellings name one person, without keeping a name. Way: KYC, payments -> here.

A name is brought to one form (case, accents, order, titles and punctuation do not count) and then
hashed; only the key is kept. Two names are one if their keys are equal: an initial is no name, so
`E. Muster` is not `Max Muster`, and neither is `M. Muster`.

The hash keeps a name from the eye of who reads a table, not from who guesses names and tries them.
Whoever gives a `secret`, the same for the verified name and for the payer's, keeps it from him too.
"""

from __future__ import annotations

import hashlib
import unicodedata

_MARK = "name:"
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sr", "sra"})
_LETTERS = str.maketrans("æøœłđðı", "aoolddi", "'’`´") | {ord("þ"): "th"}
_WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))
"""Banks write `ä` as `ae` or as `a`: both become `a`."""


def normalised(name: str) -> str:
    """Return a name in the one form in which spellings are compared.

    >>> normalised("MÜLLER, Jürgen"), normalised("Dr. Juergen Mueller"), normalised("E. Muster")
    ('jurgen muller', 'jurgen muller', 'e muster')
    >>> normalised("Anne-Marie O’Brien") == normalised("o'brien anne marie")
    True
    """
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS)).translate(_LETTERS)
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in bare).split()
    return " ".join(sorted(_one_spelling(word) for word in words if word not in _TITLES))


def name_key(name: str, secret: bytes = b"") -> str:
    """Return the key of a name; of a key, itself. A name of no letters has the key "".

    `secret` is at most 64 bytes.

    >>> name_key("Max Muster") == name_key("MUSTER Max") == name_key(name_key("Max Muster"))
    True
    >>> name_key("E. Muster") == name_key("Max Muster"), name_key(" - ")
    (False, '')
    """
    if is_key(name):
        return name
    plain = normalised(name)
    if not plain:
        return ""
    return _MARK + hashlib.blake2b(plain.encode(), digest_size=16, key=secret).hexdigest()


def is_key(text: str) -> bool:
    """Say whether a text is a key made here, and no name.

    >>> is_key(name_key("Max Muster")), is_key("name: Max")
    (True, False)
    """
    digits = text.removeprefix(_MARK)
    return len(digits) == 32 and len(text) == 37 and all(c in "0123456789abcdef" for c in digits)


def _one_spelling(word: str) -> str:
    for written_out, letter in _WRITTEN_OUT:
        word = word.replace(written_out, letter)
    return word
