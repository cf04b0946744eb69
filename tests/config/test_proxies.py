"""The shipped configurations of nginx and Caddy, really run in front of the real web server over TLS, on loopback."""

import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.wsgi import get_wsgi_application

from tests import world
from tests.browser import free_port
from tests.config.test_deploy import DEPLOY
from tests.config.test_doctor import certificate
from tests.faults.serving import own_folder, wait_for
from tongxing.access.middleware import COOKIE
from tongxing.config.lifeline import on_start
from tongxing.config.supervisor import listens, web_server

NAME = "tongxing.example.org"
CALLER, OTHER, FORGED = "127.0.0.2", "127.0.0.3", "203.0.113.9"
MB = 1024 * 1024
KNOWS_BUFFERS = (2, 7)  # Caddy; Debian 12 has 2.6

NGINX = """
daemon off; worker_processes 1; pid FOLDER/nginx.pid; error_log FOLDER/error.log; user root;
events {}
http {
    access_log off;
    client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/f;
    uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
    SHIPPED
}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str


@dataclass
class Front:
    """A proxy in front of the program: `tls` and `plain` are its ports, `behind` that of the program."""

    tls: int
    plain: int
    behind: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, *, host: str = NAME, at: str = "tls", caller: str = CALLER, form: dict[str, str] | None = None,
            **headers: str) -> Answer:  # fmt: skip
        """One request of `caller`, who says `headers`, with underscores for hyphens."""
        line = self.line(at, caller)
        said = {"Host": host, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if form is not None:
            body = urlencode(form | {"csrfmiddlewaretoken": self.cookies["csrftoken"]})
            said |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{NAME}/"}
        line.request("POST" if form is not None else "GET", path, body, said)
        return self.answered(line)

    def line(self, at: str, caller: str = CALLER) -> http.client.HTTPConnection:
        port = {"tls": self.tls, "plain": self.plain, "behind": self.behind}[at]
        if at != "tls":
            return http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(caller, 0))
        trusting = ssl._create_unverified_context()
        line = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, source_address=(caller, 0), context=trusting)
        plain = http.client.HTTPConnection.connect

        def connect() -> None:  # the name in the greeting, as a browser says it
            plain(line)
            line.sock = trusting.wrap_socket(line.sock, server_hostname=NAME)

        line.connect = connect  # type: ignore[method-assign]
        return line

    def answered(self, line: http.client.HTTPConnection) -> Answer:
        with closing(line):
            answer = line.getresponse()
            body = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, body)

    def uploads(self, size: int) -> Answer:
        """A document of `size` bytes for the programme, as the form sends it."""
        fields = {"csrfmiddlewaretoken": self.cookies["csrftoken"], "kind": "report", "language": "en",
                  "dated_on": "2012-05-31", "is_harmless": "on", "text_en": "Figures", "text_zh": "数据"}  # fmt: skip
        part = 'Content-Disposition: form-data; name="{}"'
        head = "".join(f"--edge\r\n{part.format(name)}\r\n\r\n{value}\r\n" for name, value in fields.items())
        head += f'--edge\r\n{part.format("file")}; filename="figures.csv"\r\nContent-Type: text/csv\r\n\r\nyear,n\r\n'
        tail = "\r\n--edge--\r\n"
        line = self.line("tls")
        line.putrequest("POST", "/en/programme/MDGF-1880-H-CHN/documents/", skip_host=True)
        line.putheader("Host", NAME)
        line.putheader("Referer", f"https://{NAME}/")
        line.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        line.putheader("Content-Type", "multipart/form-data; boundary=edge")
        line.putheader("Content-Length", str(len(head.encode()) + size + len(tail)))
        line.endheaders()
        try:
            line.send(head.encode())
            for _ in range(size // 4096):
                line.send(b"2010,7\r\n" * 512)
            line.send(b"\n" * (size % 4096) + tail.encode())
        except OSError:
            pass  # refused before it was whole: the answer says why
        return self.answered(line)


@pytest.fixture(scope="module")
def program(house) -> Iterator[int]:
    """The web server of the program as the supervisor starts it, told that nginx or Caddy on this machine is to be believed."""
    get_wsgi_application()
    port = free_port()
    environment = os.environ | {"TONGXING_DATABASE": house.name, "TONGXING_HOSTS": NAME, "TONGXING_TLS": "1"}
    environment |= {"TONGXING_PROXIES": "127.0.0.1"}
    with own_folder() as folder, _running([sys.executable, *web_server("127.0.0.1", port)], port, folder, environment):
        yield port


@contextmanager
def _running(command: list[str], port: int, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, preexec_fn=on_start(signal.SIGTERM)
        )
    try:
        wait_for(lambda: listens("127.0.0.1", port) or process.poll() is not None, 60)
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


def _nginx(folder: Path, front: Front) -> list[str]:
    """Only ports, and the paths of the certificate, are other ones."""
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("listen [::]:443", "# listen").replace("listen [::]:80", "# listen")
    for shipped, ours in (
        ("listen 443", f"listen {front.tls}"), ("listen 80", f"listen {front.plain}"), (":8765", f":{front.behind}"),
        ("/etc/ssl/tongxing/fullchain.pem", str(folder / "certificate30.pem")),
        ("/etc/ssl/tongxing/key.pem", str(folder / "key.pem")),
    ):  # fmt: skip
        assert shipped in text, shipped
        text = text.replace(shipped, ours)
    (folder / "nginx.conf").write_text(NGINX.replace("SHIPPED", text).replace("FOLDER", str(folder)))
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _caddy(folder: Path, front: Front) -> list[str]:
    text = (DEPLOY / "Caddyfile").read_text()
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout.lstrip("v")
    if tuple(map(int, version.split(".")[:2])) < KNOWS_BUFFERS:
        text = re.sub("request_buffers .*", "", text)
    options = f"{{\n\tadmin off\n\thttp_port {front.plain}\n\thttps_port {front.tls}\n\tstorage file_system {folder}\n"
    text = text.replace("{\n", options, 1).replace("tongxing:8765", f"127.0.0.1:{front.behind}")
    text = text.replace(f"{NAME} {{", f"{NAME} {{\n\ttls {folder / 'certificate30.pem'} {folder / 'key.pem'}", 1)
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(request, program) -> Iterator[Front]:
    which = shutil.which(request.param, path=f"{os.environ['PATH']}:/usr/sbin")
    if which is None:
        pytest.skip(f"{request.param} is not installed (Debian: apt-get install {request.param})")
    with own_folder() as folder:
        certificate(folder, days=30, host=NAME)
        made = Front(free_port(), free_port(), program)
        command = {"nginx": _nginx, "caddy": _caddy}[request.param](folder, made)
        with _running([which, *command[1:]], made.tls, folder, os.environ | {"HOME": str(folder)}):
            yield made


def test_a_page_comes_over_tls_with_hsts_and_cookies_for_tls_only(front) -> None:
    page = front.ask("/en/sign-in/")
    assert page.status == 200 and "Sign in" in page.body
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookies = page.headers.get_all("Set-Cookie")
    assert cookies and all("; Secure" in cookie and "HttpOnly" in cookie for cookie in cookies), cookies


def test_who_comes_without_tls_is_sent_to_the_shipped_name_whatever_was_asked(front) -> None:
    answer = front.ask("/en/find/?need=school", at="plain")
    assert answer.status in (301, 308) and answer.headers["Location"] == f"https://{NAME}/en/find/?need=school"
    forged = front.ask("/en/", at="plain", host="evil.example")
    assert "evil" not in (forged.headers["Location"] or "")


def test_a_forged_host_gets_no_page_and_stands_in_none(front) -> None:
    refused = front.ask("/en/", host="evil.example")
    assert refused.status == 400 or refused.body == "", (
        refused.status
    )  # Caddy answers nothing for a name that it does not know
    page = front.ask("/en/", X_Forwarded_Host="evil.example")
    assert page.status == 200
    assert "evil.example" not in refused.body + page.body + str(refused.headers) + str(page.headers)


def test_the_address_on_record_is_the_callers_and_no_forged_one(front, house) -> None:
    forged = {"X_Forwarded_For": FORGED, "X_Real_IP": FORGED, "Forwarded": f"for={FORGED}", "X_Forwarded_Proto": "http"}
    for at, caller in (("tls", CALLER), ("behind", OTHER)):
        front.ask("/en/sign-in/")
        login = f"nobody-{front.tls}-{at}"
        answer = front.ask("/en/sign-in/", at=at, caller=caller, form={"login": login, "password": "wrong"}, **forged)
        assert answer.status in (200, 422, 403), answer.body[:300]
        found = house.sql("postgres", "select distinct address from access_securityevent where address like '127.%%'"
                          " or address = %s", [FORGED])  # fmt: skip
        assert (caller,) in found, found
        assert (FORGED,) not in found and ("127.0.0.1",) not in found


def test_metrics_and_signs_of_life_stay_on_this_machine(front) -> None:
    assert [front.ask(path).status for path in ("/metrics", "/health/live", "/health/ready")] == [404] * 3
    assert front.ask("/health/live", at="behind").status == 200, "the control"
    assert front.ask("/metrics", at="behind", caller="127.0.0.1", X_Forwarded_For=FORGED).status == 404


@pytest.fixture
def officer(front, house) -> Front:
    """A coordinator's browser behind the proxy."""
    by = world.somebody("coordinator")
    front.cookies = {COOKIE: world.client(by).cookies[COOKIE].value}
    assert front.ask("/en/programme/MDGF-1880-H-CHN/documents/").status == 200
    return front


def test_a_file_of_allowed_size_goes_through(officer) -> None:
    answer = officer.uploads(9 * MB)
    assert answer.status == 302, answer.body


@pytest.mark.parametrize("size", [11.5, 20])
def test_a_file_that_is_too_large_is_refused_in_our_words(officer, size: float) -> None:
    answer = officer.uploads(int(size * MB))
    assert answer.status == 422 and "larger than 10 MB" in answer.body, (answer.status, answer.body[-2000:])


def test_a_body_that_nobody_means_is_refused_by_the_proxy(officer) -> None:
    with suppress(
        BrokenPipeError, ConnectionResetError, ssl.SSLEOFError
    ):  # closed while we still sent: refused as well
        assert officer.uploads(40 * MB).status in (413, 502)  # 502: Caddy before 2.7
    assert officer.uploads(1 * MB).status == 302, "and the proxy stands"
