"""Signs requests as a provider of Hub88's family does, with a key made for this run."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HUB_KEY = "HUB_PUBLIC_KEY"


@cache
def private_key() -> RSAPrivateKey:
    """Return the provider's key."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem() -> str:
    """Return what the operator is given of it."""
    key = private_key().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signature(body: bytes) -> str:
    """Return the signature of a body."""
    return b64encode(private_key().sign(body, PKCS1v15(), SHA256())).decode()
