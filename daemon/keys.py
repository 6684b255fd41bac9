"""Loads the keys that seals are signed with and checked by, and says what is wrong with a file that holds none.

The cryptography behind it comes with the extra `sign` and is imported only when a key is named.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast


class KeyUnusable(Exception):
    """A key that was named cannot be used: the text names the file, the reason and the way out."""


class Signer(Protocol):
    """Signs seals."""

    @property
    def key_id(self) -> str:
        """Names the key."""

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""


class Verifier(Protocol):
    """Checks signatures of seals."""

    @property
    def key_id(self) -> str:
        """Names the key."""

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, over this text."""


def signing_key(path: Path) -> Signer:
    """The private key in a PEM file. Raises KeyUnusable."""
    return cast(Signer, _loaded("SigningKey", path, "openssl genpkey -algorithm ed25519 -out FILE"))


def public_key(path: Path) -> Verifier:
    """The public key in a PEM file. Raises KeyUnusable."""
    return cast(Verifier, _loaded("PublicKey", path, "openssl pkey -in KEY -pubout -out FILE"))


def _loaded(kind: str, path: Path, made_by: str) -> object:
    try:
        signing = import_module("daemon.signing")
    except ImportError as error:
        raise KeyUnusable(
            f"{path}: signatures need the extra `sign`, which is not installed: pip install 'reglue[sign]'."
        ) from error
    try:
        return getattr(signing, kind)(path)
    except OSError as error:
        raise KeyUnusable(f"{path}: cannot be read ({error.strerror}); check the path and who may read it.") from error
    except signing.NoKey as error:
        raise KeyUnusable(f"{path}: {error}. Make one: {made_by}") from error
