"""Public pages and files, rendered once and kept: an edition never changes, so its bytes need not be made again.

Kept is only what a view marked by `keep`, what was asked for without a session cookie and without a query, and what
sets no cookie. Before anything kept is answered it is asked, at most once a second in each process, whether an edition
was approved since; so an approval shows on its own address at once and elsewhere within a second. Nothing here opens
a transaction; ActingTransaction stays the outermost of what renders.
"""

import gzip
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from tongxing.access.middleware import COOKIE
from tongxing.publishing.models import Edition

ADDRESSES = re.compile(r"^/[a-z-]+/(p|api)/")
FRESH = 1.0  # seconds between two looks at what is approved
OLDEST = 60.0  # seconds after which a page is rendered again whatever is approved
ROOM = 32 * 1024 * 1024  # bytes kept in one process
SMALL = 500  # bytes under which packing saves nothing

Stamp = tuple[Any, ...]
Key = tuple[str, str, str]


def keep(response: HttpResponse, edition: Edition | None = None, *, is_file: bool = False) -> HttpResponse:
    """Marks a public answer that is the same for everybody; pages are asked for anew each time, files after minutes."""
    response.tx_keep = edition.content_hash if edition else ""  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "public, max-age=300" if is_file else "public, no-cache"
    response.headers["Vary"] = "Accept-Encoding" if is_file else "Accept-Encoding, Cookie"
    if is_file and edition and edition.approved_at:
        response.headers["Last-Modified"] = http_date(edition.approved_at.timestamp())
    return response


@dataclass(frozen=True)
class Kept:
    """One answer as bytes, plain and packed."""

    headers: dict[str, str]
    etag: str
    plain: bytes
    packed: bytes | None
    stamp: Stamp
    made_at: float

    @classmethod
    def of(cls, response: HttpResponse, stamp: Stamp) -> "Kept":
        """What `response` says, under a tag made of its edition and its bytes."""
        body = response.content
        packed = gzip.compress(body, 6, mtime=0) if len(body) > SMALL else None
        edition = response.tx_keep[:16]  # type: ignore[attr-defined]
        # Weak: the packed and the plain bytes are the same answer.
        etag = f'W/"{edition}-{hashlib.sha256(body).hexdigest()[:16]}"'
        return cls(dict(response.headers), etag, body, packed, stamp, time.monotonic())

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed or b"")

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """A fresh response, or 304 for who has it already."""
        is_packed = self.packed is not None and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
        response = HttpResponse(self.packed if is_packed else self.plain)
        for name, value in self.headers.items():
            response.headers[name] = value
        response.headers["ETag"] = self.etag
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
        return get_conditional_response(request, etag=self.etag, response=response) or response


class Shelf:
    """Answers of one process, least lately used first out. Safe between threads."""

    def __init__(self, room: int = ROOM) -> None:
        self.room, self.used, self.lock = room, 0, threading.Lock()
        self.kept: OrderedDict[Key, Kept] = OrderedDict()

    def take(self, key: Key, stamp: Stamp) -> Kept | None:
        """What is kept under `key`, if nothing was approved since and it is not too old."""
        with self.lock:
            found = self.kept.get(key)
            if found is None or found.stamp != stamp or time.monotonic() - found.made_at > OLDEST:
                return None
            self.kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: Kept) -> None:
        """Keeps it; what was asked for longest ago makes room."""
        if kept.size > self.room // 4:
            return
        with self.lock:
            if former := self.kept.pop(key, None):
                self.used -= former.size
            self.kept[key] = kept
            self.used += kept.size
            while self.used > self.room:
                _key, oldest = self.kept.popitem(last=False)
                self.used -= oldest.size


class Approved:
    """How many editions are approved and when the last one was: looked up at most once a second."""

    def __init__(self) -> None:
        self.lock, self.read_at = threading.Lock(), float("-inf")
        self.stamp: Stamp = ()

    def now(self) -> Stamp:
        with self.lock:
            began = time.monotonic()
            if began - self.read_at >= FRESH:
                found = Edition.objects.approved().order_by().aggregate(number=Count("pk"), last=Max("approved_at"))
                self.stamp, self.read_at = (found["number"], found["last"]), began
            return self.stamp


class KeptPages:
    """Middleware. Stands outside ActingTransaction: a kept answer needs no database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self.shelf, self.approved = get_response, Shelf(), Approved()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _may_be_kept(request):
            return self.get_response(request)
        key = (request.scheme or "", request.META.get("HTTP_HOST", ""), request.path)
        # Looked up before rendering: an edition that is approved meanwhile makes this answer old at once.
        stamp = self.approved.now()
        kept = self.shelf.take(key, stamp)
        if kept is None:
            response = self.get_response(request)
            if not _is_for_everybody(request, response):
                return response
            kept = Kept.of(response, stamp)
            self.shelf.put(key, kept)
        return kept.answer(request)


def _may_be_kept(request: HttpRequest) -> bool:
    """A cookie that only looks like the session's is enough to go the long way."""
    meta = request.META
    is_plain = request.method == "GET" and not meta.get("QUERY_STRING") and "HTTP_AUTHORIZATION" not in meta
    return is_plain and COOKIE not in meta.get("HTTP_COOKIE", "") and ADDRESSES.match(request.path) is not None


def _is_for_everybody(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        hasattr(response, "tx_keep")
        and response.status_code == 200
        and not response.cookies
        and "CSRF_COOKIE_NEEDS_UPDATE" not in request.META
        and getattr(request, "acting", None) is None
    )
