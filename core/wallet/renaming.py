"""The name a session goes on under when it is checked. Way: providers/onewallet -> here.

It is derived from a secret of the provider's, the old name and the request's id, so that a check
that comes again because its reply was lost gets the same name, and no name is kept to give it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

PURPOSE = b"evenhand: the next name of a session\n"
"""Sets the key's use here apart from any other."""


def next_name(secret: str, old: str, request_id: str) -> str:
    """Return the name a session goes on under; nobody without the secret can tell it.

    >>> next_name("s", "old", "1") == next_name("s", "old", "1") != next_name("s", "old1", "")
    True
    """
    said = f"{len(old)}:{old}{request_id}".encode()
    return urlsafe_b64encode(hmac.new(secret.encode(), PURPOSE + said, sha256).digest()).decode()
