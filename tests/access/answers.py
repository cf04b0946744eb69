"""Reading an answer as a thief would: body, headers, title, address of a redirect, what is packed inside."""

import html
import io
import re
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from django.http import HttpResponse

from tests.access.cast import Side
from tongxing.access import one_time
from tongxing.access.acting import Acting
from tongxing.access.permissions import may
from tongxing.procedures.models import Receipt, Referral, Registration
from tongxing.registry.models import Person

# (query, headers) of every way in which a page might be asked for.
FORMATS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "html": ({}, {}),
    "fragment": ({}, {"HX-Request": "true"}),
    "xlsx": ({"format": "xlsx"}, {"Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}),
    "csv": ({"format": "csv"}, {"Accept": "text/csv"}),
    "json": ({"format": "json"}, {"Accept": "application/json"}),
    "print": ({"format": "print", "paper": "en"}, {"Accept": "application/pdf"}),
    "empty filter": (dict.fromkeys(("box", "need", "when", "q", "centre", "role", "person", "page"), ""), {}),
    "unknown filter": ({"box": "all", "need": "*", "q": "%", "centre": "all", "person": "null", "page": "-1"}, {}),
}

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*|(tx_session=|csrftoken=|tx_half=)[^;]*')


def readable(answer: HttpResponse) -> str:
    """Everything that came back, unpacked and unescaped."""
    body = answer.content
    texts = [f"{name}: {value}" for name, value in answer.headers.items()] + [str(c) for c in answer.cookies.values()]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            texts += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    text = "\n".join([*texts, body.decode("utf-8", "replace")])
    plain = html.unescape(text)
    escaped = plain.encode().decode("unicode_escape", "replace") if "\\u" in plain else ""
    return "\n".join((text, plain, unquote(plain), escaped))


def comparable(answer: HttpResponse, named: Iterable[uuid.UUID | str]) -> str:
    """Status, headers and body without what differs from answer to answer and without what was asked for."""
    number = answer.headers.get("X-Request-Id", "-")
    headers = sorted(f"{k}: {v}" for k, v in answer.headers.items())
    text = "\n".join([str(answer.status_code), *headers, answer.content.decode("utf-8", "replace")])
    for one in named:
        text = text.replace(str(one), "<id>")
    return TOKEN.sub(r"\1\2", text.replace(number, "<request>"))


def secrets_of(side: Side) -> dict[str, tuple[str, ...]]:
    """All canaries of one side, with the numbers and codes that the house made up itself."""
    person = Person.objects.using("owner").get(id=side.ids["person"])
    sibling = Person.objects.using("owner").get(id=side.ids["sibling"])
    sent = Referral.objects.using("owner").filter(person=person)
    codes = [one_time.unseal(r.withdrawal_sealed) for r in Receipt.objects.using("owner").filter(referral__in=sent)]
    return side.canary.values() | {
        "number": (person.number,),
        "sibling_number": (sibling.number,),
        "carried_number": (Registration.objects.using("owner").get(id=side.ids["carried"]).number,),
        "code": (*codes, *("-".join(c[i : i + 3] for i in range(0, len(c), 3)) for c in codes)),
    }


CARRIED = {"carried", "carried_number"}
REGISTRATION_ROW = {"name", "spoken", "birth", "number", "sibling", "sibling_number"} | CARRIED
# Both families have agreed, or the child is in danger: no address, no whole number of a phone or document.
PAIR = {
    "name",
    "spoken",
    "other_name",
    "birth",
    "birth_said",
    "guardian",
    "decider",
    "number",
    "sibling",
    "sibling_number",
}
SNAPSHOT = {"name", "note"}  # the month of birth is shared, the day is not; the note is the receiver's own


def entitled(by: Acting | None, *, is_receiver: bool = False, owns_draft: str = "") -> set[str]:
    """The fields of the child here that the matrix lets somebody here see."""
    if by is None:
        return set()
    fields: set[str] = {owns_draft} - {""} | (PAIR if may(by.role, "pair", "read") else set())
    if may(by.role, "registration", "read"):
        fields |= REGISTRATION_ROW
    if may(by.role, "carried_out", "read"):
        fields |= CARRIED
    if may(by.role, "person", "read"):
        fields |= {"spoken", "other_name", "guardian", "decider", "phone", "document", "community", "address"}
        fields |= {"birth_said"}
    if may(by.role, "referral", "read"):
        fields |= {"code", "note"}
    if is_receiver:
        fields |= SNAPSHOT
    said = {"report": "evidence", "voice": "complaint", "safe_voice": "harm"}
    fields |= {field for part, field in said.items() if may(by.role, part, "read")}
    return fields


def found_in(text: str, secrets: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The fields of which some writing occurs in `text`."""
    return {field for field, values in secrets.items() if any(value in text for value in values)}
