"""Written on paper during a power cut, typed in later: what happened on that day counts for that day."""

import datetime
import hashlib
import html
import re
import struct

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from tests import world
from tests.access.routes import FILLED
from tongxing.core.dates import parse_birth
from tongxing.facts.models import Fact
from tongxing.organisations.models import Centre
from tongxing.procedures.actions.drafts import content
from tongxing.procedures.forms import SECTIONS
from tongxing.procedures.models import Draft, Registration, Step
from tongxing.registry.actions import let_in
from tongxing.registry.consent_text import in_force
from tongxing.registry.models import Consent, Person, SignedPaper

# A family of its own, so that the child is not taken for one of another test.
OTHER = {
    "guardian": dict(FILLED["guardian"], guardian_name="闻人大桥"),
    "address": {"division": "", "community": "另一社区（演示）", "address": "", "phone": "000 7733"},
}
TODAY = timezone.localdate()
WRITTEN = TODAY - datetime.timedelta(days=9)


@pytest.fixture(scope="module")
def at_desk(desk):
    return world.client(desk)


@pytest.fixture(scope="module")
def registration(desk):
    with world.as_(desk):
        return world.registered(desk, world.child("查一纸"))


def typed_in(browser, child, paper, **changed):
    """A draft with every section typed from paper, as its tasks page."""
    tasks = browser.post("/en/registrations/start/", {"name": child, "birth": "2016-04-05"}).url
    for code, said in {"paper": paper, **FILLED, **changed}.items():
        draft = Draft.objects.using("owner").get(id=tasks.rstrip("/").rsplit("/", 1)[1])
        said = said | ({"name": child} if code == "name" else {}) | {"version": draft.version}
        answer = browser.post(f"{tasks}{code}/", said)
        if answer.status_code != 302:
            return answer
    return tasks


def test_a_paper_form_counts_for_the_day_on_it_and_says_who_wrote_it(house, at_desk):
    # Full-width digits, as a Chinese keyboard gives them.
    wide = WRITTEN.isoformat().translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    tasks = typed_in(at_desk, "闻人纸生", {"written_on": wide, "written_by": "顾小纸（演示）"})
    assert at_desk.post(f"{tasks}check/").status_code == 302
    person = Person.objects.using("owner").get(name="闻人纸生")
    kept = Registration.objects.using("owner").get(person=person)
    assert (kept.channel, kept.written_by, kept.registered_on) == ("paper", "顾小纸（演示）", WRITTEN)
    assert kept.registered_at.date() > WRITTEN  # recorded on is not occurred on
    fact = Fact.objects.using("owner").get(source_id=kept.id)
    assert (fact.occurred_on, fact.attributes["channel"]) == (WRITTEN, "paper")
    assert fact.recorded_at.date() > WRITTEN
    consent = Consent.objects.using("owner").filter(person=person).first()
    assert consent.decided_at.date() == WRITTEN and consent.valid_until < TODAY + datetime.timedelta(days=365)
    assert Step.objects.using("owner").get(registration=kept).done_on == WRITTEN
    page = at_desk.get(f"/en/people/{person.id}/").content.decode()
    assert "On paper, by 顾小纸（演示）; typed in on" in page


def test_an_age_said_that_day_is_reckoned_from_that_day(house, at_desk, desk):
    long_ago = TODAY - datetime.timedelta(days=300)
    born = dict(FILLED["name"], birth="30个月", other_names="", sex="male")
    paper = {"written_on": long_ago.isoformat(), "written_by": "顾"}
    tasks = typed_in(at_desk, "茅早说", paper, name=born, move=dict(FILLED["move"], moved_on=""), **OTHER)
    assert at_desk.post(f"{tasks}check/").status_code == 302
    kept = Person.objects.using("owner").get(name="茅早说")
    assert kept.birth_from == parse_birth("30个月", long_ago).first != parse_birth("30个月", TODAY).first


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ({"written_on": (timezone.localdate() + datetime.timedelta(days=2)).isoformat()}, "has not come yet"),
        ({"written_on": (TODAY - datetime.timedelta(days=400)).isoformat()}, "Ask the family again"),
        ({"written_on": "last week"}, "year-month-day"),
        ({"written_on": "2026-13-40"}, "year-month-day"),
        ({"written_on": WRITTEN.isoformat(), "written_by": " "}, "who filled in the paper form"),
    ],
)
def test_a_day_that_cannot_be_is_said_and_what_was_typed_is_kept(house, at_desk, paper, said):
    answer = typed_in(at_desk, "闻人错日", {"written_by": "顾", **paper})
    assert answer.status_code == 422 and said in answer.content.decode()
    draft = Draft.objects.using("owner").latest("saved_at")
    assert content(draft)["written_on"] == paper["written_on"]
    check = at_desk.post(f"/en/registrations/draft/{draft.id}/check/")
    assert check.status_code == 422 and not Person.objects.using("owner").filter(name="闻人错日").exists()


def test_what_is_written_at_the_desk_has_no_paper_section_until_somebody_asks(house, at_desk):
    tasks = at_desk.post("/en/registrations/start/", {"name": "闻人当面", "birth": "2016"}).url
    page = at_desk.get(tasks).content.decode()
    assert "Written down on paper" not in page and f"{tasks}paper/" in page


def test_a_question_of_consent_that_nobody_answered_is_not_read_out_as_a_no(house, at_desk):
    tasks = at_desk.post("/en/registrations/start/", {"name": "闻人未答", "birth": "2016"}).url
    check = at_desk.get(f"{tasks}check/").content.decode()
    assert check.count("not answered yet") == len(in_force(TODAY).purposes) and ": No<" not in check
    assert 'href="#answers-consent"' in check and 'id="answers-consent"' in check  # from the problem to its section


# Blank forms, consent to be signed, ticket -----------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["zh-hans", "en", "mn"])
def test_a_blank_registration_asks_what_the_screen_asks_with_the_same_codes(house, at_desk, paper):
    page = at_desk.get(f"/en/papers/registration/?paper={paper}").content.decode()
    codes = set(re.findall(r'tx-asked__code">([^<]+)<', page))
    for section in SECTIONS:
        if section.code == "consent":
            continue
        for name, field in section.form.base_fields.items():
            if name == "version":
                continue
            assert name in codes
            assert {code for code, _word in getattr(field, "choices", ())} <= codes
    assert {"written_on", "written_by"} <= codes


@pytest.mark.parametrize(("paper", "language"), [("zh-hans", "zh"), ("en", "en"), ("mn", "mn")])
def test_the_consent_sheet_says_the_text_in_force_and_has_every_place_to_sign(house, at_desk, paper, language):
    page = html.unescape(at_desk.get(f"/en/papers/consent/?paper={paper}").content.decode())
    text = in_force(TODAY)
    for words in (text.script, text.script_for_the_child, text.withdrawal, text.complaint):
        assert words.spoken(language) in page
    for purpose in text.purposes:
        for words in (purpose.title, purpose.seen, purpose.not_seen, purpose.if_refused, purpose.kept):
            assert words.spoken(language) in page
    with translation.override(paper):
        places = ("Signature of who decides", "or thumbprint", "Witness: name and signature", "Seal of the centre")
        for place in (*places, "Read aloud by (name)"):
            assert translation.gettext(place) in page
    assert "☑" not in page


def test_a_filled_consent_sheet_ticks_what_was_answered(house, at_desk, registration):
    page = at_desk.get(f"/en/people/{registration.person_id}/consent/paper/?paper=en").content.decode()
    assert registration.number in page and page.count("☑") == 7


def test_the_ticket_has_number_centre_day_and_next_step_and_no_name(house, at_desk, registration):
    page = at_desk.get(f"/en/registrations/{registration.id}/ticket/?paper=en").content.decode()
    ticket = page[page.index("<article") : page.index("</article")]
    for said in (registration.number, "Verify address and guardian", str(TODAY.year)):
        assert said in ticket
    assert registration.shown["name"] not in ticket and registration.shown["spoken"] not in ticket
    officer = world.client(world.somebody("police", "changzhou-2"))
    assert officer.get(f"/en/registrations/{registration.id}/ticket/").status_code == 404  # a colleague's
    assert officer.get("/en/papers/registration/").status_code == 200


# The picture of the signed paper ---------------------------------------------------------------------------------------


def photo(words=b"GPS 31.77N", side=6):
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + struct.pack(">HHIHH", 0x0112, 3, 1, side, 0)
    exif += struct.pack(">HHII", 0x010E, 2, len(words), 0) + struct.pack(">I", 0) + words
    return b"\xff\xd8" + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xda\0\x04\0\0picture\xff\xd9"


def attach(browser, person, content, **changed):
    file = SimpleUploadedFile("IMG_张三家.jpg", content)
    given = {"file": file, "signed_on": TODAY.isoformat(), "read_aloud_by": "顾小纸（演示）", **changed}
    return browser.post(f"/en/people/{person}/consent/signed/", given)


def test_a_signed_paper_is_kept_once_without_place_and_seen_by_this_centre_only(house, at_desk, registration, desk):
    person = registration.person_id
    for _press in range(2):
        assert attach(at_desk, person, photo()).status_code == 302
    [paper] = SignedPaper.objects.using("owner").filter(person_id=person)
    kept = bytes(paper.content)
    assert b"GPS" not in kept and kept.count(b"Exif") == 1  # which side is up stays
    assert paper.sha256 == hashlib.sha256(kept).hexdigest() and paper.read_aloud_by == "顾小纸（演示）"
    page = at_desk.get(f"/en/people/{person}/consent/signed/").content.decode()
    assert f"/signed/{paper.id}/" in page and "张三" not in page
    shown = at_desk.get(f"/en/signed/{paper.id}/")
    assert (shown.content, shown["Content-Type"], shown["Cache-Control"]) == (kept, "image/jpeg", "no-store")
    with world.as_(desk) as by:
        other = Centre.objects.get(slug="changzhou-1")
        let_in(person=Person.objects.get(id=person), centre=other, purpose="visit", ends_at=None, by=by)
    elsewhere = world.client(world.somebody("front_desk", "changzhou-1"))
    assert elsewhere.get(f"/en/people/{person}/").status_code == 200  # let in
    for url in (f"/en/signed/{paper.id}/", f"/en/people/{person}/consent/signed/"):
        assert elsewhere.get(url).status_code == 404
    assert elsewhere.post(f"/en/signed/{paper.id}/remove/").status_code == 404


def test_a_paper_of_another_family_is_taken_away_for_good(house, at_desk, registration):
    attach(at_desk, registration.person_id, photo(side=3))
    paper = SignedPaper.objects.using("owner").filter(person=registration.person_id).latest("attached_at")
    for _press in range(2):
        assert at_desk.post(f"/en/signed/{paper.id}/remove/").status_code == 302
    paper.refresh_from_db(using="owner")
    assert paper.content is None and paper.removed_at is not None
    assert at_desk.get(f"/en/signed/{paper.id}/").status_code == 404


@pytest.mark.parametrize(
    ("content", "changed", "said"),
    [
        (b"", {}, "no picture"),
        (b"a;b\n1;2\n", {}, "no picture"),
        (photo()[:-2], {}, "no picture"),
        (b"<svg onload=alert(1)>", {}, "no picture"),
        (photo(), {"signed_on": "2099-01-01"}, "has not come yet"),
        (b"\xff\xd8\xff" + b"x" * (10 * 1024 * 1024), {}, "larger than 10 MB"),
    ],
)
def test_what_is_no_picture_of_a_paper_is_refused_with_a_remedy(house, at_desk, registration, content, changed, said):
    before = SignedPaper.objects.using("owner").count()
    answer = attach(at_desk, registration.person_id, content, **changed)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert "顾小纸（演示）" in answer.content.decode()  # what was typed is kept
    assert SignedPaper.objects.using("owner").count() == before
