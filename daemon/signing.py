"""Signs seals with an Ed25519 key, and checks such signatures.

The only module that imports `cryptography`, which the extra `sign` brings: loaded by `daemon/keys.py` when a key is
named, and not otherwise.
"""

from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


class NoKey(Exception):
    """A file holds no key that can be used; the text says why."""


class SigningKey:
    """A private key out of a PEM file."""

    def __init__(self, path: Path) -> None:
        """Raises NoKey, or OSError when the file cannot be read."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except TypeError as error:
            raise NoKey("it is locked by a password; the daemon has nobody to ask") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NoKey("it holds no private key in PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise NoKey("its key is not an Ed25519 key")
        self._key = key
        self.key_id = _key_id(key.public_key())

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""
        return self._key.sign(text)


class PublicKey:
    """A public key out of a PEM file."""

    def __init__(self, path: Path) -> None:
        """Raises NoKey, or OSError when the file cannot be read."""
        try:
            key = load_pem_public_key(path.read_bytes())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NoKey("it holds no public key in PEM") from error
        if not isinstance(key, Ed25519PublicKey):
            raise NoKey("its key is not an Ed25519 key")
        self._key = key
        self.key_id = _key_id(key)

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, over this text."""
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True


def _key_id(key: Ed25519PublicKey) -> str:
    """The beginning of the hash of the key's 32 bytes."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
