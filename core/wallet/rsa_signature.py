"""Who signed a request: RSA (PKCS#1 v1.5) over SHA-256 of its raw bytes. Way: adapters -> here.

The provider keeps the private key; what the operator has is the public one, as PEM.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core.errors import NotReadyError


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A provider's public key."""

    key: RSAPublicKey

    def signed(self, body: bytes, signature: str) -> bool:
        """Say whether a signature, in base64, is that of these bytes."""
        try:
            self.key.verify(b64decode(signature, validate=True), body, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def public_key(pem: str) -> SigningKey:
    r"""Read a public key; in an environment variable its lines may be parted by `\n`, spelt out.

    Raises:
        NotReadyError: it is no public key in PEM, or one of another algorithm.
    """
    try:
        key = load_pem_public_key(pem.replace("\\n", "\n").encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotReadyError(
            f"the provider's public key cannot be read: {error}",
            expected="PEM, from `-----BEGIN PUBLIC KEY-----` to `-----END PUBLIC KEY-----`",
        ) from error
    if not isinstance(key, RSAPublicKey):
        raise NotReadyError(f"the provider's key is a {type(key).__name__}", expected="an RSA key")
    return SigningKey(key)
