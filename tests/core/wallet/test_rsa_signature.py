"""A provider's signature: the public vectors of Hub88, and keys and signatures that are none."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.errors import NotReadyError
from core.wallet.rsa_signature import public_key
from tests.core.wallet.rsa_signing import public_pem, signature

ROOT = Path(__file__).resolve().parents[3]
JUDGE = Path(os.environ.get("EVENHAND_JUDGES", ROOT.parent / "shared/judges")) / "hub88"


@pytest.mark.skipif(not JUDGE.is_dir(), reason=f"no {JUDGE}: set EVENHAND_JUDGES to its parent")
def test_the_providers_own_vectors_verify_and_none_of_them_for_another_body() -> None:
    key = public_key((JUDGE / "public.pem").read_text())
    with (JUDGE / "signatures.csv").open(newline="") as lines:
        vectors = list(csv.DictReader(lines, delimiter=";", quoting=csv.QUOTE_NONE))

    bodies = [vector["data"].encode() for vector in vectors]

    assert len(bodies) >= 5
    for body, vector in zip(bodies, vectors, strict=True):
        assert [key.signed(other, vector["signature"]) for other in bodies] == [
            other == body for other in bodies
        ]
        assert not key.signed(body + b" ", vector["signature"])


def test_one_changed_bit_of_body_or_signature_is_refused() -> None:
    key, body = public_key(public_pem()), b'{"amount":100000}'
    good = signature(body)
    wrong = ("B" if good[10] == "A" else "A").join((good[:10], good[11:]))

    assert key.signed(body, good)
    assert not key.signed(body, wrong)
    assert not key.signed(b'{"amount":100001}', good)
    for malformed in ("", "=", "é", good[:-4], good + "AAAA", f" {good}", good[::-1]):
        assert not key.signed(body, malformed)


def test_a_key_of_an_environment_variable_may_spell_its_line_ends() -> None:
    body = b"test"

    assert public_key(public_pem().replace("\n", "\\n")).signed(body, signature(body))


def test_a_key_that_is_none_or_of_another_algorithm_is_named_at_the_start() -> None:
    elliptic = generate_private_key(SECP256R1()).public_key()
    pem = elliptic.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    for text in ("", "secret", pem):
        with pytest.raises(NotReadyError, match="key"):
            public_key(text)
