"""Schemathesis on the five wallet calls of Caleta's own description: a hook that signs each body.

It runs in the environment of `make judges` and loads this file; `command` is what the test runs.
The hook also leads most of the bodies that were made past the door: to a session that is there, in
its currency, over amounts it has, about transactions that were met. What was answered is counted in
the file `CALETA_ANSWERS`.
"""

from __future__ import annotations

import json
import os
import random
import sys
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

KEY, TOKEN, ANSWERS = "CALETA_PRIVATE_KEY", "CALETA_TOKEN", "CALETA_ANSWERS"
SPARE = 200
"""Sessions named TOKEN-0, TOKEN-1, ... to be checked, which ends them."""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_headers_conformance,response_schema_conformance"


def command(program: Path, schema: Path, address: str, examples: int) -> list[str]:
    """Return the command that tests a wallet at an address by a schema."""
    return [
        str(program), "run", str(schema), "--url", address, "--include-path-regex", "^/wallet/",
        "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--mode", "all",
        "--max-examples", str(examples), "--seed", "88", "--continue-on-failure",
        "--suppress-health-check", "all", "--warnings", "off",
    ]  # fmt: skip


@cache
def _private_key() -> RSAPrivateKey:
    key = load_pem_private_key(Path(os.environ[KEY]).read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("expected an RSA key")
    return key


def _sign(request: Any) -> Any:
    """Sign a request of `requests` as it is about to be sent, unless its header is being tested."""
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else body
    signed = _private_key().sign(raw, PKCS1v15(), SHA256())
    request.headers["X-Auth-Signature"] = b64encode(signed).decode()
    return request


def _lead(path: str, body: dict[str, Any]) -> None:
    """Change most of what a body says to what the wallet knows."""
    choice = random.Random(json.dumps(body, sort_keys=True, default=str))
    known: dict[str, Any] = {
        "token": os.environ[TOKEN], "currency": "EUR", "amount": choice.randrange(100_000),
        "transaction_uuid": f"{path}-{choice.randrange(60)}",
        "reference_transaction_uuid": f"/wallet/bet-{choice.randrange(60)}",
        "round": f"round-{choice.randrange(3)}", "jackpot_win": choice.randrange(100_000),
    }  # fmt: skip
    if path == "/wallet/check":
        known["token"] += f"-{choice.randrange(SPARE)}"
    for name, value in known.items():
        if type(body.get(name)) is type(value) and choice.random() < 0.95:
            body[name] = value
    if path == "/wallet/rollback" and choice.random() < 0.9:
        body.pop("user", None)


def _before_call(_context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if isinstance(case.body, dict):
        _lead(case.operation.path, case.body)
    kwargs["auth"] = _sign


def _after_call(_context: Any, case: Any, response: Any) -> None:
    try:
        status = json.loads(response.content).get("status")
    except (ValueError, AttributeError):
        status = None
    with Path(os.environ[ANSWERS]).open("a", encoding="utf-8") as answers:
        answers.write(f"{case.operation.path} {response.status_code} {status}\n")


if "schemathesis" in sys.modules:  # loaded as its hook, not by a test
    schemathesis = sys.modules["schemathesis"]
    schemathesis.hook("before_call")(_before_call)
    schemathesis.hook("after_call")(_after_call)
