"""Backups are sealed in the format of age (age-encryption.org/v1), so that the plain program `age` opens them too.

A file is sealed for public keys (X25519). Its content is cut into chunks of 64 KiB, each numbered, authenticated
(ChaCha20-Poly1305) and the last one marked: a flipped bit, a missing, doubled or reordered chunk and a cut end are found.
Source: the specification C2SP age.md. Held against another program of that format by tests/config/backups/test_sealing.py.
"""

import base64
import hashlib
import hmac
import io
import os
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongxing.config.backups import bech32
from tongxing.config.state import Refused

VERSION = b"age-encryption.org/v1\n"
CHUNK = 64 * 1024
TAG = 16
FULL_LINE = 64  # letters of a stanza's line; one with fewer ends it
LONGEST_HEADER = 64 * 1024

DAMAGED = "The file is damaged or cut: {what}. Nothing was touched. Take another copy, or an older backup."
OTHER_KEY = "None of the given keys opens this file. Nothing was touched. Give the recovery key of this installation: --key FILE."


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def new_key() -> tuple[str, str]:
    """A secret key `AGE-SECRET-KEY-1…` and its public key `age1…`."""
    secret = X25519PrivateKey.generate()
    return bech32.encode("age-secret-key-", secret.private_bytes_raw()).upper(), _public(secret)


def public_key(secret: str) -> str:
    """Raises ValueError for a text that is no secret key."""
    return _public(_secret(secret))


def _public(secret: X25519PrivateKey) -> str:
    return bech32.encode("age", secret.public_key().public_bytes_raw())


def _secret(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bech32.decode("age-secret-key-", text.lower()))


def _derived(material: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(material)


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _b64(data) != text:
        raise ValueError("not the one way to write these bytes")
    return data


def _wrap_key(shared: bytes, share: bytes, recipient: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derived(shared, share + recipient, b"age-encryption.org/v1/X25519"))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Sealed(io.RawIOBase):
    """What is written here goes sealed to `sink`. Only after `finish()` is the file whole; `sha256`, `size` are of it."""

    def __init__(self, sink: Sink, recipients: Sequence[str]) -> None:
        """Raises ValueError for a public key that is none, or for none at all."""
        if not recipients:
            raise ValueError("a backup is sealed for at least one key")
        self._sink, self._digest, self.size = sink, hashlib.sha256(), 0
        file_key, nonce = os.urandom(16), os.urandom(16)
        header = VERSION + b"".join(_stanza(file_key, recipient) for recipient in recipients) + b"---"
        mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
        self._put(header + b" " + _b64(mac) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self._waiting += data
        while len(self._waiting) > CHUNK:  # one full chunk may be the last, so it waits
            self._chunk(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def finish(self) -> str:
        """Write the last chunk. Returns the file's SHA-256."""
        self._chunk(bytes(self._waiting), is_last=True)
        return self._digest.hexdigest()

    def _chunk(self, text: bytes, *, is_last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, is_last), text, None))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)
        self._sink.write(data)


def _stanza(file_key: bytes, recipient: str) -> bytes:
    public = bech32.decode("age", recipient)
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    body = _wrap_key(shared, share, public).encrypt(bytes(12), file_key, None)
    return b"-> X25519 " + _b64(share) + b"\n" + _b64(body) + b"\n"


class Opened(io.RawIOBase):
    """The content of a sealed `source`, chunk by chunk; each chunk is authentic before it is given out."""

    def __init__(self, source: Source, keys: Sequence[str]) -> None:
        """Raises Refused when the head is damaged or no key fits."""
        self._source = source
        file_key, nonce = self._head([_secret(key) for key in keys])
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number, self._text, self._ahead = 0, b"", self._exactly(CHUNK + TAG)
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Raises Refused for a chunk that is not the one that was written in this place."""
        if not self._text and not self._is_over:
            self._text = self._next()
        given = self._text[: len(buffer)]
        self._text = self._text[len(given) :]
        buffer[: len(given)] = given
        return len(given)

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._exactly(CHUNK + TAG)
        self._is_over = not self._ahead
        try:
            text = self._cipher.decrypt(_nonce(self._number, self._is_over), sealed, None)
        except InvalidTag as error:
            what = f"piece {self._number} is not what was written" + (", or the rest is missing" * self._is_over)
            raise Refused(DAMAGED.format(what=what)) from error
        if not text and self._number:
            raise Refused(DAMAGED.format(what="an empty piece at its end"))
        self._number += 1
        return text

    def _exactly(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end of the source."""
        data = b""
        while len(data) < size and (more := self._source.read(size - len(data))):
            data += more
        return data

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self._source.read(1)
            if not byte or len(line) > LONGEST_HEADER:
                raise Refused(DAMAGED.format(what="it ends in its head"))
            line += byte
        return line

    def _body(self) -> bytes:
        """Lines of a stanza up to the first that is not full."""
        body = line = self._line()
        while len(line) > FULL_LINE:
            line = self._line()
            body += line
        return body

    def _head(self, keys: Sequence[X25519PrivateKey]) -> tuple[bytes, bytes]:
        header = self._exactly(len(VERSION))
        if header != VERSION:
            raise Refused("This is not a backup of this program, or its first bytes are damaged. Nothing was touched.")
        stanzas: list[tuple[bytes, bytes]] = []
        while (line := self._line()).startswith(b"-> "):
            body = self._body()
            header += line + body
            if line.startswith(b"-> X25519 "):
                stanzas.append((line[10:-1], body[:-1]))
        try:
            mac = _unb64(line.removeprefix(b"--- ").removesuffix(b"\n"))
            file_key = next(filter(None, (_unwrapped(key, *stanza) for key in keys for stanza in stanzas)), None)
        except ValueError as error:
            raise Refused(DAMAGED.format(what="its head cannot be read")) from error
        if file_key is None:
            raise Refused(OTHER_KEY)
        expected = hmac.digest(_derived(file_key, b"", b"header"), header + b"---", "sha256")
        nonce = self._exactly(16)
        if not hmac.compare_digest(mac, expected) or len(nonce) < 16:
            raise Refused(DAMAGED.format(what="its head is not what was written"))
        return file_key, nonce


def _unwrapped(key: X25519PrivateKey, share_text: bytes, body: bytes) -> bytes | None:
    """The file's key, or None when this stanza was not meant for `key`. Raises ValueError for an unreadable one."""
    share = _unb64(share_text)
    shared = key.exchange(X25519PublicKey.from_public_bytes(share))
    try:
        return _wrap_key(shared, share, key.public_key().public_bytes_raw()).decrypt(bytes(12), _unb64(body), None)
    except InvalidTag:
        return None
