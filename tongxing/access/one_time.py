"""One-time codes (RFC 6238), their secrets sealed with the instance key, and sealed drafts."""

import base64
import hashlib
import time

import pyotp
from cryptography.fernet import Fernet
from django.conf import settings

STEP_SECONDS = 30


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(settings.STATE.secret("seal").encode()).digest()))


def seal(text: str) -> str:
    """Encrypt for storage; only a process with the state folder can open it."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str, *, seconds: int | None = None) -> str:
    """Raises cryptography.fernet.InvalidToken for what is not ours, or older than `seconds`."""
    return _box().decrypt(sealed.encode(), ttl=seconds).decode()


def new_secret() -> str:
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """What an authenticator reads from a QR code (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Tongxing")


def accepted_step(sealed: str, typed: str, *, last_step: int, now: float | None = None) -> int | None:
    """The time step that `typed` belongs to (one step of slack each way), or None if wrong or used before."""
    totp = pyotp.TOTP(unseal(sealed))
    current = int((now or time.time()) // STEP_SECONDS)
    for step in (current, current - 1, current + 1):
        if step > last_step and pyotp.utils.strings_equal(totp.at(step * STEP_SECONDS), typed):
            return step
    return None


def code_now(sealed: str) -> tuple[str, int]:
    """The code and how many seconds it still holds. Demonstration mode only shows it."""
    return pyotp.TOTP(unseal(sealed)).now(), STEP_SECONDS - int(time.time()) % STEP_SECONDS
