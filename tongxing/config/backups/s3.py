"""The few requests to an S3-compatible store that backups need, signed (AWS Signature Version 4).

Upload in parts, so that the size need not be known and no copy waits on the disk; list, download, delete. Addresses are
of the form ENDPOINT/BUCKET/KEY. Source: the vendor's description of Signature Version 4 and its published examples.
"""

import hashlib
import hmac
import http.client
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from tongxing.config.state import Refused, StateProblem

PART = 16 * 1024 * 1024  # at most 10,000 parts: 160 GB
TRIES = 3
PATIENCE = 60.0  # seconds for one answer
EMPTY = hashlib.sha256(b"").hexdigest()


def signature(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], region: str, key: str, secret: str
) -> str:
    """The header `Authorization`. `headers` are all that are signed, among them host, x-amz-date, x-amz-content-sha256."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    names = ";".join(sorted(lower))
    asked = "\n".join(
        [
            *(method, quote(path, safe="/~"), query_text(query)),
            *(f"{name}:{lower[name]}" for name in sorted(lower)),
            *("", names, lower["x-amz-content-sha256"]),
        ]
    )
    moment = lower["x-amz-date"]
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    signing = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signed = hmac.new(signing, text.encode(), "sha256").hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={names},Signature={signed}"


def query_text(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


@dataclass(frozen=True)
class Bucket:
    """One bucket of one store, reached with one pair of keys."""

    name: str
    endpoint: str
    region: str
    key: str
    secret: str

    @classmethod
    def from_environment(cls, name: str) -> "Bucket":
        """From TONGXING_S3_ENDPOINT, _REGION, _KEY, _SECRET. Raises Refused when one is missing, or without TLS."""
        given = {part: os.environ.get(f"TONGXING_S3_{part}", "") for part in ("ENDPOINT", "REGION", "KEY", "SECRET")}
        if missing := [f"TONGXING_S3_{part}" for part in ("ENDPOINT", "KEY", "SECRET") if not given[part]]:
            raise Refused(f"For s3://{name} set {', '.join(missing)}.")
        address = urlsplit(given["ENDPOINT"])
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refused("TONGXING_S3_ENDPOINT has to begin with https://, so that the keys are not heard on the way.")
        return cls(name, given["ENDPOINT"].rstrip("/"), given["REGION"] or "us-east-1", given["KEY"], given["SECRET"])

    def keys(self, prefix: str) -> list[str]:
        found: list[str] = []
        more = {"list-type": "2", "prefix": prefix}
        while True:
            answer = ElementTree.fromstring(self._asked("GET", "", more))  # noqa: S314  # the store we write to
            found += [key.text or "" for key in answer.iterfind("{*}Contents/{*}Key")]
            following = answer.findtext("{*}NextContinuationToken")
            if not following:
                return found
            more["continuation-token"] = following

    def delete(self, key: str) -> None:
        self._asked("DELETE", key)

    @contextmanager
    def download(self, key: str) -> Iterator[http.client.HTTPResponse]:
        connection, answer = self._answer("GET", key, {}, b"")
        try:
            yield answer
        finally:
            connection.close()

    @contextmanager
    def upload(self, key: str) -> Iterator["Upload"]:
        """Write the content; it gets its name when the block ends well, and leaves nothing when it does not."""
        begun = ElementTree.fromstring(self._asked("POST", key, {"uploads": ""}))  # noqa: S314
        upload = Upload(self, key, begun.findtext("{*}UploadId") or "")
        try:
            yield upload
            upload.finish()
        except BaseException:
            with suppress(OSError, StateProblem):  # what broke off is what has to be told
                self._asked("DELETE", key, {"uploadId": upload.number})
            raise

    def _asked(self, method: str, key: str, query: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                connection, answer = self._answer(method, key, query or {}, body)
                try:
                    return answer.read()
                finally:
                    connection.close()
            except (OSError, http.client.HTTPException, Busy) as error:
                if attempt == TRIES:
                    raise StateProblem(
                        f"The store at {self.endpoint} does not answer ({type(error).__name__})."
                    ) from error
        raise AssertionError

    def put(self, key: str, query: Mapping[str, str], body: bytes) -> str:
        """Returns the tag that the store gave to the part."""
        for attempt in range(1, TRIES + 1):
            try:
                connection, answer = self._answer("PUT", key, query, body)
                answer.read()
                connection.close()
                return answer.getheader("ETag") or ""
            except (OSError, http.client.HTTPException, Busy) as error:
                if attempt == TRIES:
                    raise StateProblem(
                        f"The store at {self.endpoint} takes no part ({type(error).__name__})."
                    ) from error
        raise AssertionError

    def _answer(
        self, method: str, key: str, query: Mapping[str, str], body: bytes
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        address = urlsplit(self.endpoint)
        path = f"{address.path}/{self.name}/{key}" if key else f"{address.path}/{self.name}"
        headers = {
            "host": address.netloc,
            "x-amz-date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            "x-amz-content-sha256": hashlib.sha256(body).hexdigest() if body else EMPTY,
        }
        headers["Authorization"] = signature(method, path, query, headers, self.region, self.key, self.secret)
        connection: http.client.HTTPConnection
        if address.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(address.netloc, timeout=PATIENCE, context=context)
        else:
            connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE)
        target = quote(path, safe="/~") + (f"?{query_text(query)}" if query else "")
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        if answer.status >= 300:
            words = answer.read(4096)
            connection.close()
            raise _problem(answer.status, words, self, key)
        return connection, answer


class Busy(Exception):
    """The store asks to come again."""


def _problem(status: int, words: bytes, bucket: Bucket, key: str) -> Exception:
    if status >= 500 or status == 429:
        return Busy()
    try:
        code = ElementTree.fromstring(words).findtext("{*}Code") or ""  # noqa: S314
    except ElementTree.ParseError:
        code = ""
    if status == 404:
        return Refused(f"There is nothing at s3://{bucket.name}/{key} ({code or status}).")
    return StateProblem(
        f"The store refuses s3://{bucket.name}/{key}: {status} {code}. Look at the keys, the clock and the rights."
    )


class Upload:
    """A file on its way in parts of 16 MB."""

    def __init__(self, bucket: Bucket, key: str, number: str) -> None:
        self.bucket, self.key, self.number = bucket, key, number
        self._waiting, self._tags = bytearray(), list[str]()

    def write(self, data: bytes) -> int:
        self._waiting += data
        if len(self._waiting) >= PART:
            self._part()
        return len(data)

    def finish(self) -> None:
        self._part()
        parts = "".join(
            f"<Part><PartNumber>{place}</PartNumber><ETag>{tag}</ETag></Part>"
            for place, tag in enumerate(self._tags, start=1)
        )
        done = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self.bucket._asked("POST", self.key, {"uploadId": self.number}, done)
        if b"<Error>" in answer:  # a store may say 200 and fail all the same
            raise StateProblem(f"The store did not put s3://{self.bucket.name}/{self.key} together. Try again.")

    def _part(self) -> None:
        query = {"partNumber": str(len(self._tags) + 1), "uploadId": self.number}
        self._tags.append(self.bucket.put(self.key, query, bytes(self._waiting)))
        self._waiting.clear()
