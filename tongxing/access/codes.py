"""What people do with a code on paper, without an account: as whom they act, and how codes are kept."""

import hashlib
import uuid

from django.conf import settings

from tongxing.core.ids import folded_code

FAMILY = uuid.UUID(int=0)  # the account that stands for whoever holds a code, or speaks; nobody can sign in as it


def salted(secret: str, typed: str) -> bytes:
    """Codes are short: the hash is salted with a secret of the instance, so that a stolen table cannot be guessed through."""
    return hashlib.sha256(f"{settings.STATE.secret(secret)}:{folded_code(typed)}".encode()).digest()
