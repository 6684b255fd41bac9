"""A new pair of Ed25519 keys in files, as openssl writes them."""

from pathlib import Path

import pytest


def key_files(folder: Path) -> tuple[Path, Path]:
    """The private key's file and the public key's."""
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = folder / "seal.pem", folder / "seal.pub"
    pem = serialization.Encoding.PEM
    nothing = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, nothing))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public
