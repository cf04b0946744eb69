"""Who looked at what stays written, once a page and with the reading; and nothing personal stays anywhere else."""

import io
import logging
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import world
from tests.access import cast as people
from tests.access.answers import found_in, readable, secrets_of
from tests.access.routes import FILLED, ROUTES, absent, address, constants, objects
from tongxing.access.actions import note_read
from tongxing.access.models import ReadNote
from tongxing.core.logs import WithoutValues
from tongxing.procedures.actions import AlreadyHere, start_draft
from tongxing.registry.identity import Candidate
from tongxing.registry.models import Person

# Pages that show confidential rows: (who, page, kind of the trace, whose ids it names; "" = several).
SHOWING = [
    ("front_desk", "desk:today", "person", ""),
    ("front_desk", "registry:person", "person", "person"),
    ("case_worker", "registry:person", "person", "person"),
    ("case_worker", "registry:review_pair", "person", "person"),
    ("safeguarding", "registry:review_pair", "person", "sibling"),
    ("front_desk", "registry:links", "person", "person"),
    ("front_desk", "registry:requests", "person", "person"),
    ("front_desk", "procedures:card", "registration", "registration"),
    ("police", "procedures:card", "registration", "carried"),
    ("police", "procedures:registration_list", "registration", ""),
    ("front_desk", "procedures:step", "person", "person"),
    ("front_desk", "procedures:consent", "person", "person"),
    ("front_desk", "procedures:consent_paper", "person", "person"),
    ("front_desk", "procedures:signed_papers", "person", "person"),
    ("front_desk", "procedures:signed_paper", "person", "person"),
    ("front_desk", "procedures:ticket", "registration", "registration"),
    ("police", "procedures:ticket", "registration", "carried"),
    ("front_desk", "procedures:refer", "person", "person"),
    ("front_desk", "procedures:refer_confirm", "person", "person"),
    ("front_desk", "procedures:referral_list", "referral", ""),
    ("front_desk", "procedures:referral", "referral", "referral"),
    ("front_desk", "procedures:receipt", "referral", "referral"),
    ("front_desk", "casework:assess", "person", "sibling"),
    ("front_desk", "procedures:roster", "person", "roster"),
    ("front_desk", "procedures:roster_report", "roster", "roster"),
    ("receiver", "procedures:referral_list", "referral", ""),
    ("receiver", "procedures:referral_received", "referral", "referral"),
    ("safeguarding", "registry:alerts", "alert", ""),
    ("safeguarding", "programme:voice_list", "voice", ""),
    ("safeguarding", "programme:voice", "voice", "harm"),
    ("coordinator", "programme:voice", "voice", "voice"),
    ("case_worker", "programme:voice", "voice", "voice"),
]


class Reader:
    def __init__(self, cast: people.Cast) -> None:
        self.cast, self.ids = cast, objects(cast.here, cast)
        self.constants = constants()
        self.clients = {who: world.client(by, raise_request_exception=False) for who, by in cast.everyone().items()}
        self.clients["nobody"] = world.client(raise_request_exception=False)

    def url(self, name: str, ids: dict[str, Any] | None = None) -> str:
        return address(name, ROUTES[name].kinds, ids or self.ids, self.constants)

    def get(self, who: str, name: str, ids: dict[str, Any] | None = None) -> Any:
        return self.clients[who].get(self.url(name, ids))


@pytest.fixture(scope="module")
def reader(house) -> Reader:
    return Reader(people.gathered())


def traces(after: int = 0) -> list[ReadNote]:
    return list(ReadNote.objects.using("owner").order_by("at", "id"))[after:]


@pytest.mark.parametrize(("who", "page", "kind", "named"), SHOWING)
def test_a_page_with_confidential_rows_leaves_one_trace(reader, who: str, page: str, kind: str, named: str) -> None:
    before = len(traces())
    ids = reader.ids | ({"registration": reader.ids[named]} if named == "carried" else {})
    ids |= {"voice": ids["harm"]} if named == "harm" else {}
    answer = reader.get(who, page, ids)
    assert answer.status_code == 200
    [trace] = traces(before)
    by = reader.cast.everyone()[who]
    assert (trace.kind, trace.user_id, trace.centre_id) == (kind, by.user_id, by.centre_id)
    assert trace.session_id is not None and trace.purpose == "desk" and trace.ids
    if named:
        assert str(reader.ids[named]) in trace.ids


def test_no_page_with_canaries_goes_without_a_trace(reader) -> None:
    """The list above is not trusted: whatever page shows something of the child leaves exactly one trace."""
    secrets = secrets_of(reader.cast.here)
    shown = 0
    for who in reader.cast.everyone():
        # One's own draft is what one typed oneself; it is no record yet.
        records = {field: values for field, values in secrets.items() if field not in ("draft", "colleague")}
        for name, route in ROUTES.items():
            if route.ends_session:
                continue
            before = len(traces())
            answer = reader.get(who, name)
            left = traces(before)
            seen = found_in(readable(answer), records)
            if seen and "draft_id" not in route.kinds:
                shown += 1
                assert len(left) == 1, (who, name, [t.kind for t in left], seen)
            assert len(left) <= 1, (who, name, [t.kind for t in left])
    assert shown >= len(SHOWING) - 3


def test_what_was_not_there_leaves_no_trace(reader) -> None:
    before = len(traces())
    for ids in (objects(reader.cast.there, reader.cast), absent(reader.cast.there)):
        for name in ("registry:person", "procedures:card", "procedures:receipt", "procedures:referral"):
            assert reader.get("front_desk", name, ids).status_code == 404
    assert len(traces()) == before


def test_the_person_page_names_the_siblings_that_it_shows(reader) -> None:
    before = len(traces())
    text = readable(reader.get("front_desk", "registry:person"))
    assert reader.cast.here.canary.sibling in text
    [trace] = traces(before)
    assert {str(reader.ids["person"]), str(reader.ids["sibling"])} <= set(trace.ids)


def test_the_trace_goes_with_the_reading(reader) -> None:
    """One transaction: what was rolled back was not read by anybody."""
    desk, before = reader.cast.here.front_desk, len(traces())

    def read_and_fail() -> None:
        with world.as_(desk):
            note_read("person", [Person.objects.get(id=reader.ids["person"]).id], by=desk)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read_and_fail()
    assert len(traces()) == before


def test_a_page_that_breaks_leaves_neither_page_nor_trace(reader, monkeypatch) -> None:
    before = len(traces())
    monkeypatch.setattr("tongxing.registry.views.household", lambda *_: 1 / 0)
    answer = reader.get("front_desk", "registry:person")
    assert answer.status_code == 500
    assert len(traces()) == before
    assert not found_in(readable(answer), secrets_of(reader.cast.here))


def test_a_search_names_who_was_shown_and_a_search_without_result_nobody(reader) -> None:
    canary, before = reader.cast.here.canary, len(traces())
    asked = {"guardian": canary.guardian, "phone": canary.phone}
    assert canary.name in readable(reader.clients["front_desk"].post("/en/people/search/", asked))
    [trace] = traces(before)
    assert str(reader.ids["person"]) in trace.ids
    reader.clients["front_desk"].post("/en/people/search/", {"name": "没有此人", "birth": "1999-01-01"})
    assert len(traces()) == before + 1


def test_who_appeared_meanwhile_is_shown_with_a_trace(reader, monkeypatch) -> None:
    """The check page names the close match that was registered while the form was open."""
    desk, person = reader.cast.here.front_desk, reader.ids["person"]

    def meanwhile(*_ready: Any, **_rest: Any) -> None:
        raise AlreadyHere([Candidate(person, "likely", 9.0, {})])

    monkeypatch.setattr("tongxing.procedures.views.registrations.register", meanwhile)
    typed = {name: value for section in FILLED.values() for name, value in section.items()}
    with world.as_(desk):
        draft = start_draft(typed | {"visited": list(FILLED)}, by=desk)
    before = len(traces())
    answer = reader.clients["front_desk"].post(f"/en/registrations/draft/{draft.id}/check/")
    assert answer.status_code == 409 and reader.cast.here.canary.name in answer.content.decode()
    [trace] = traces(before)
    assert (trace.kind, trace.ids) == ("search", [str(person)])


def test_one_reads_ones_own_trace_and_nobody_elses(reader) -> None:
    for by in (reader.cast.here.front_desk, reader.cast.here.case_worker, reader.cast.safeguarding):
        with world.as_(by):
            assert {note.user_id for note in ReadNote.objects.all()} <= {by.user_id}


def _walk(reader: Reader) -> list[Any]:
    """Everything once, as everybody: pages, forms with empty data, and what is not there."""
    answers = []
    for who, client in reader.clients.items():
        for name, route in ROUTES.items():
            if route.ends_session:
                continue
            sides = (reader.ids, objects(reader.cast.there, reader.cast))
            answers += [(who, client.get(reader.url(name, ids))) for ids in sides]
            if route.post is not None and "referral" not in name and "discard" not in name:
                answers.append((who, client.post(reader.url(name), {})))
    return answers


@pytest.fixture
def log():
    """What the program's own handler writes, in its own format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    [handler.formatter] = {h.formatter for h in logging.getLogger().handlers if isinstance(h.formatter, WithoutValues)}
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_nothing_personal_in_logs_titles_addresses_and_headers(reader, caplog, capfd, log) -> None:
    secrets = secrets_of(reader.cast.here) | {f"{k} there": v for k, v in secrets_of(reader.cast.there).items()}
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("django.db.backends").setLevel(logging.INFO)
        answers = _walk(reader)
    assert len(answers) > 500
    for _who, answer in answers:
        title = re.search(r"<title>(.*?)</title>", answer.content.decode("utf-8", "replace"), re.DOTALL)
        outside = [
            title.group(1) if title else "",
            answer.headers.get("Location", ""),
            str(answer.headers),
            str(answer.cookies),
        ]
        assert not found_in("\n".join(outside), secrets)
        assert not found_in(
            "\n".join(re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode("utf-8", "replace"))), secrets
        )
    said = caplog.text + "".join(capfd.readouterr())
    assert "Not Found" in said  # the log is alive
    assert not found_in(said, secrets)


def in_python(canary: Any) -> None:
    raise KeyError(canary.name)


def in_the_database(canary: Any) -> None:
    """PostgreSQL quotes the value that it cannot read."""
    with connection.cursor() as cursor:
        cursor.execute("select %s::date", [canary.name])


@pytest.mark.parametrize(("fault", "kind"), [(in_python, "KeyError"), (in_the_database, "22007")])
@pytest.mark.parametrize(
    "breaking", ["registry.views.birth_words", "registry.page.sex_word", "registry.views.contributed"]
)
def test_nothing_personal_in_the_log_of_a_fault(reader, caplog, log, monkeypatch, breaking, fault, kind) -> None:
    """The stack and the kind are logged, the values are not; the error page has a number and nothing else."""
    secrets, canary = secrets_of(reader.cast.here), reader.cast.here.canary
    monkeypatch.setattr(f"tongxing.{breaking}", lambda *_values, **_named: fault(canary))
    search = {"guardian": canary.guardian, "phone": canary.phone}
    answers = [
        reader.get("front_desk", "registry:person"),
        reader.clients["front_desk"].post("/en/people/search/", search),
    ]
    assert 500 in {answer.status_code for answer in answers}
    for answer in answers:
        if answer.status_code == 500:
            assert answer.headers["X-Request-Id"] in answer.content.decode()
            assert not found_in(readable(answer), secrets)
    assert "name" in found_in(caplog.text, secrets)  # the control: the words of the error tell
    said = log.getvalue()
    assert fault.__name__ in said and kind in said and "line" in said  # where, and of which kind
    assert not found_in(said, secrets)


def test_what_one_types_goes_into_no_address(reader) -> None:
    canary = reader.cast.here.canary
    answer = reader.clients["front_desk"].post("/en/registrations/start/", {"name": canary.name, "phone": canary.phone})
    assert answer.status_code == 302
    assert not found_in(answer.url, secrets_of(reader.cast.here))
    form = reader.get("front_desk", "registry:search").content.decode()
    assert '<form method="post"' in form


def test_answers_at_work_are_kept_by_no_cache(reader) -> None:
    for who in ("front_desk", "police", "receiver", "mande"):
        for name in ("desk:start", "registry:person", "publishing:programmes", "procedures:referral_list"):
            assert reader.get(who, name).headers["Cache-Control"] == "no-store"
    public = Client().get("/en/p/")
    assert "no-store" not in public.headers.get("Cache-Control", "")
