"""A visitor over HTTP: one kept connection, cookies, forms with their hidden fields, and signing in."""

import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tongxing.config.demo.staff import PASSWORD

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
CODE = re.compile(r">(\d{3}) (\d{3})<")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    onward: str  # where a redirect leads, else ""


@dataclass
class Visitor:
    """One browser without pictures. `language` is the prefix of every address."""

    port: int
    language: str = "zh-hans"
    cookies: dict[str, str] = field(default_factory=dict)
    line: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **fields: str | list[str]) -> Answer:
        return self.ask("POST", path, {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields})

    def ask(self, method: str, path: str, fields: dict[str, str | list[str]] | None = None) -> Answer:
        """One request on the kept connection. `path` without its language, or as a link of the page gives it."""
        if fields is None:
            return self._sent(method, path, None, "")
        return self._sent(method, path, urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded")

    def _sent(self, method: str, path: str, body: bytes | None, kind: str) -> Answer:
        is_kept = self.line is not None
        line = self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        target = path if path.startswith("/") else f"/{self.language}/{path}"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        try:
            line.request(method, target, body, headers)
            answer = line.getresponse()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            if not is_kept:
                raise
            # Idle for too long: a new one, as browsers do.
            line = self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            line.request(method, target, body, headers)
            answer = line.getresponse()
        text = answer.read().decode(errors="replace")  # a workbook, too
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        onward = answer.headers.get("Location") or ""
        return Answer(answer.status, text, urlsplit(onward).path if onward else "")

    def send_file(self, path: str, name: str, content: bytes) -> Answer:
        """One file in the form of that page, whose field is called `file`."""
        edge = "----tongxing"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.cookies["csrftoken"]}\r\n',
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n',
        ]
        body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._sent("POST", path, body, f"multipart/form-data; boundary={edge}")

    def sign_in(self, login: str) -> "Visitor":
        """Both pages of signing in, and the token that forms are sent with; the demonstration shows the code itself."""
        self._not_shed(self.get("sign-in/"))
        self._must(self.post("sign-in/", login=login, password=PASSWORD), 302)
        page = self._not_shed(self.get("sign-in/code/")).text
        code = CODE.search(page)
        place = re.search(r'name="context"[^>]*value="([^"]+)"', page) or re.search(
            r'value="([^"]+)"[^>]*name="context"', page
        )
        if code is None or place is None:
            raise SystemExit("The page for the one-time code is not as expected.")
        self._must(self.post("sign-in/code/", code="".join(code.groups()), context=place[1]), 302)
        self.get("people/search/")
        return self

    def _not_shed(self, answer: Answer) -> Answer:
        return self._must(answer, 200) if answer.status == 503 else answer

    def _must(self, answer: Answer, status: int) -> Answer:
        if answer.status != status:
            raise SystemExit(f"{answer.status} instead of {status}:\n{re.sub(r'<[^>]+>', ' ', answer.text)[-2000:]}")
        return answer


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms, without the token against forgery."""
    found = {}
    for field_ in HIDDEN.findall(page):
        name, value = re.search(r'name="([^"]*)"', field_), re.search(r'value="([^"]*)"', field_)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1] if value else ""
    return found
