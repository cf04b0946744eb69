"""The key that signs seals: Ed25519, its secret in the state folder, its public half beside the copied roots."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def _signing() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(settings.STATE.secret("seal").encode()).digest())


def sign(statement: bytes) -> bytes:
    """64 bytes that only who has the state folder can make."""
    return _signing().sign(statement)


def public_key() -> bytes:
    """The 32 bytes with which everybody can check a seal."""
    return _signing().public_key().public_bytes_raw()


def is_signed(statement: bytes, signature: bytes, key: bytes) -> bool:
    """Whether the owner of `key` (32 bytes) has signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: bytes) -> str:
    """What a person compares: 32 figures and letters in groups of four."""
    text = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(text[place : place + 4] for place in range(0, 32, 4))
